-- The first page of tickets in the order of a field is read from the beginning of
-- each state's part of an index, and nothing else is looked at. Times and owners
-- that are not there come last: the words are those that the statement sorts by.
-- All tickets are in them; that each says so keeps them out of other statements,
-- for which there are better ones.
CREATE INDEX IF NOT EXISTS tracrpc_ticket_changetime_walk_idx ON ticket (status, COALESCE(changetime, 0) = 0, changetime) WHERE id > 0;
CREATE INDEX IF NOT EXISTS tracrpc_ticket_time_walk_idx ON ticket (status, COALESCE(time, 0) = 0, time) WHERE id > 0;
CREATE INDEX IF NOT EXISTS tracrpc_ticket_owner_walk_idx ON ticket (status, COALESCE(owner, '') = '', owner) WHERE id > 0;
CREATE INDEX IF NOT EXISTS tracrpc_ticket_type_walk_idx ON ticket (status, type) WHERE id > 0;
CREATE INDEX IF NOT EXISTS tracrpc_ticket_severity_walk_idx ON ticket (status, severity) WHERE id > 0;
CREATE INDEX IF NOT EXISTS tracrpc_ticket_component_walk_idx ON ticket (status, component) WHERE id > 0;
CREATE INDEX IF NOT EXISTS tracrpc_ticket_milestone_walk_idx ON ticket (status, milestone) WHERE id > 0;
CREATE INDEX IF NOT EXISTS tracrpc_ticket_version_walk_idx ON ticket (status, version) WHERE id > 0;
