-- Queries read these instead of the tickets, whose descriptions make up nine
-- tenths of the table: a narrow copy of all tickets, and one of those that are
-- open, which most queries ask for. Both are in the order of priorities, by which
-- most queries sort.
CREATE INDEX IF NOT EXISTS tracrpc_ticket_idx ON ticket (
    status, priority, id, type, component, milestone, version, severity, resolution,
    owner, reporter, time, changetime, keywords, cc, summary
);
CREATE INDEX IF NOT EXISTS tracrpc_ticket_open_idx ON ticket (
    priority, id, status, type, component, milestone, version, severity, resolution,
    owner, reporter, time, changetime, keywords, cc, summary
) WHERE COALESCE(status, '') <> 'closed';
-- Whoever mirrors tickets asks for those that changed since the last time.
CREATE INDEX IF NOT EXISTS tracrpc_ticket_changetime_idx ON ticket (changetime);
