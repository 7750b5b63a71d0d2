-- The next comment's number is one more than the highest that a ticket has. It is
-- what stands after the dot, or all of oldvalue: the dialect says so in the same
-- words.
CREATE INDEX IF NOT EXISTS tracrpc_comment_number_idx ON ticket_change (
    ticket, CAST(substr(oldvalue, instr(oldvalue, '.') + 1) AS integer)
) WHERE field = 'comment';
