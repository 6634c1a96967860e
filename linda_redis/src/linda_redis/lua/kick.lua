-- Makes buried jobs ready, those buried first first.
-- ARGV: most jobs
-- Reply: how many
local members = call('ZRANGE', buried, 0, ARGV[1] - 1)
if #members > 0 then
  call('ZREM', buried, unpack(members))
  local ids = ids_of(members)
  call('HDEL', reasons, unpack(ids))
  forget_lapses(ids)
  call('RPUSH', ready, unpack(members))
  mark()
end
return #members
