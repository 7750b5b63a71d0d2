-- What a fresh Trac begins with (trac/db_default.py): versions, lists to choose
-- from, permissions and reports. Trac's users know the reports by number and
-- title; the queries give the columns and the order that they expect.
INSERT INTO system (name, value) VALUES
    ('initial_database_version', '45'),
    ('database_version', '45');

INSERT INTO permission (username, action) VALUES
    ('anonymous', 'BROWSER_VIEW'),
    ('anonymous', 'CHANGESET_VIEW'),
    ('anonymous', 'FILE_VIEW'),
    ('anonymous', 'LOG_VIEW'),
    ('anonymous', 'MILESTONE_VIEW'),
    ('anonymous', 'REPORT_SQL_VIEW'),
    ('anonymous', 'REPORT_VIEW'),
    ('anonymous', 'ROADMAP_VIEW'),
    ('anonymous', 'SEARCH_VIEW'),
    ('anonymous', 'TICKET_VIEW'),
    ('anonymous', 'TIMELINE_VIEW'),
    ('anonymous', 'WIKI_VIEW'),
    ('authenticated', 'TICKET_CREATE'),
    ('authenticated', 'TICKET_MODIFY'),
    ('authenticated', 'WIKI_CREATE'),
    ('authenticated', 'WIKI_MODIFY');

INSERT INTO component (name, owner) VALUES
    ('component1', 'somebody'),
    ('component2', 'somebody');

INSERT INTO milestone (name, due, completed) VALUES
    ('milestone1', 0, 0),
    ('milestone2', 0, 0),
    ('milestone3', 0, 0),
    ('milestone4', 0, 0);

INSERT INTO version (name, time) VALUES
    ('1.0', 0),
    ('2.0', 0);

INSERT INTO enum (type, name, value) VALUES
    ('resolution', 'fixed', '1'),
    ('resolution', 'invalid', '2'),
    ('resolution', 'wontfix', '3'),
    ('resolution', 'duplicate', '4'),
    ('resolution', 'worksforme', '5'),
    ('priority', 'blocker', '1'),
    ('priority', 'critical', '2'),
    ('priority', 'major', '3'),
    ('priority', 'minor', '4'),
    ('priority', 'trivial', '5'),
    ('ticket_type', 'defect', '1'),
    ('ticket_type', 'enhancement', '2'),
    ('ticket_type', 'task', '3');

INSERT INTO report (title, description, query) VALUES
('Active Tickets',
'Every ticket that is not closed, the most urgent first. The colour of a row is its priority.',
'SELECT prio.value AS __color__, t.id AS ticket, t.summary, t.component,
       t.version, t.milestone, t.type, t.owner, t.status, t.time AS created,
       t.changetime AS _changetime, t.description AS _description,
       t.reporter AS _reporter
FROM ticket AS t
LEFT JOIN enum AS prio ON prio.type = ''priority'' AND prio.name = t.priority
WHERE t.status != ''closed''
ORDER BY CAST(prio.value AS integer), t.milestone, t.type, t.time
'),
('Active Tickets by Version',
'Every ticket that is not closed, grouped by version. Columns whose names begin with an underscore appear in feeds only.',
'SELECT prio.value AS __color__, t.version AS __group__, t.id AS ticket,
       t.summary, t.component, t.version, t.type, t.owner, t.status,
       t.time AS created, t.changetime AS _changetime,
       t.description AS _description, t.reporter AS _reporter
FROM ticket AS t
LEFT JOIN enum AS prio ON prio.type = ''priority'' AND prio.name = t.priority
WHERE t.status != ''closed''
ORDER BY CASE WHEN t.version IS NULL THEN 1 ELSE 0 END, t.version,
         CAST(prio.value AS integer), t.type, t.time
'),
('Active Tickets by Milestone',
'Every ticket that is not closed, grouped by milestone. Columns whose names begin with an underscore appear in feeds only.',
'SELECT prio.value AS __color__, ''Milestone '' || t.milestone AS __group__,
       t.id AS ticket, t.summary, t.component, t.version, t.type, t.owner,
       t.status, t.time AS created, t.changetime AS _changetime,
       t.description AS _description, t.reporter AS _reporter
FROM ticket AS t
LEFT JOIN enum AS prio ON prio.type = ''priority'' AND prio.name = t.priority
WHERE t.status != ''closed''
ORDER BY CASE WHEN t.milestone IS NULL THEN 1 ELSE 0 END, t.milestone,
         CAST(prio.value AS integer), t.type, t.time
'),
('Accepted, Active Tickets by Owner',
'What people say they are working on: accepted tickets, grouped by owner.',
'SELECT prio.value AS __color__, t.owner AS __group__, t.id AS ticket,
       t.summary, t.component, t.milestone, t.type, t.time AS created,
       t.changetime AS _changetime, t.description AS _description,
       t.reporter AS _reporter
FROM ticket AS t
LEFT JOIN enum AS prio ON prio.type = ''priority'' AND prio.name = t.priority
WHERE t.status = ''accepted''
ORDER BY t.owner, CAST(prio.value AS integer), t.type, t.time
'),
('Accepted, Active Tickets by Owner (Full Description)',
'Accepted tickets, grouped by owner, each with its description in a row of its own.',
'SELECT prio.value AS __color__, t.owner AS __group__, t.id AS ticket,
       t.summary, t.component, t.milestone, t.type, t.time AS created,
       t.description AS _description_, t.changetime AS _changetime,
       t.reporter AS _reporter
FROM ticket AS t
LEFT JOIN enum AS prio ON prio.type = ''priority'' AND prio.name = t.priority
WHERE t.status = ''accepted''
ORDER BY t.owner, CAST(prio.value AS integer), t.type, t.time
'),
('All Tickets By Milestone  (Including closed)',
'All tickets, the latest milestone first; in each the open ones by priority, then the closed ones, greyed out. Your own are in bold.',
'SELECT prio.value AS __color__, t.milestone AS __group__,
       CASE
           WHEN t.status = ''closed'' THEN ''color: gray; background: whitesmoke; border-color: lightgray''
           WHEN t.owner = $USER THEN ''font-weight: bold''
       END AS __style__,
       t.id AS ticket, t.summary, t.component, t.status, t.resolution,
       t.version, t.type, t.priority, t.owner, t.changetime AS modified,
       t.time AS _time, t.reporter AS _reporter
FROM ticket AS t
LEFT JOIN enum AS prio ON prio.type = ''priority'' AND prio.name = t.priority
ORDER BY CASE WHEN t.milestone IS NULL THEN 1 ELSE 0 END, t.milestone DESC,
         CASE WHEN t.status = ''closed'' THEN 1 ELSE 0 END,
         CASE WHEN t.status = ''closed'' THEN t.changetime ELSE 0 - CAST(prio.value AS integer) END DESC
'),
('My Tickets',
'The open tickets that have to do with you: accepted, owned, reported or commented on.',
'SELECT prio.value AS __color__,
       CASE
           WHEN t.owner = $USER AND t.status = ''accepted'' THEN ''Accepted''
           WHEN t.owner = $USER THEN ''Owned''
           WHEN t.reporter = $USER THEN ''Reported''
           ELSE ''Commented''
       END AS __group__,
       t.id AS ticket, t.summary, t.component, t.version, t.milestone, t.type,
       t.priority, t.time AS created, t.changetime AS _changetime,
       t.description AS _description, t.reporter AS _reporter
FROM ticket AS t
LEFT JOIN enum AS prio ON prio.type = ''priority'' AND prio.name = t.priority
WHERE t.status != ''closed''
      AND (t.owner = $USER
           OR t.reporter = $USER
           OR t.id IN (SELECT c.ticket FROM ticket_change AS c
                       WHERE c.field = ''comment'' AND c.author = $USER))
ORDER BY CASE
             WHEN t.owner = $USER AND t.status = ''accepted'' THEN 1
             WHEN t.owner = $USER THEN 2
             WHEN t.reporter = $USER THEN 3
             ELSE 4
         END,
         CAST(prio.value AS integer), t.milestone, t.type, t.time
'),
('Active Tickets, Mine first',
'Every ticket that is not closed by priority, with your own in a group at the top.',
'SELECT prio.value AS __color__,
       CASE WHEN t.owner = $USER THEN ''My Tickets'' ELSE ''Active Tickets'' END AS __group__,
       t.id AS ticket, t.summary, t.component, t.version, t.milestone, t.type,
       t.owner, t.status, t.time AS created, t.changetime AS _changetime,
       t.description AS _description, t.reporter AS _reporter
FROM ticket AS t
LEFT JOIN enum AS prio ON prio.type = ''priority'' AND prio.name = t.priority
WHERE t.status != ''closed''
ORDER BY CASE WHEN t.owner = $USER THEN 0 ELSE 1 END,
         CAST(prio.value AS integer), t.milestone, t.type, t.time
');
