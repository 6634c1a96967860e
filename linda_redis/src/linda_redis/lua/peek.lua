-- Looks at jobs of one state, in the order in which they would leave it.
-- ARGV: state, how many to pass over, most jobs
-- Reply: member, body, time (0: none) and reason of each job
promote()
mark_if_ready()

local sources = { delayed = delayed, reserved = reserved, buried = buried }
local first, last = ARGV[2], ARGV[2] + ARGV[3] - 1
local members, times = {}, {}
if ARGV[1] == 'ready' then
  members = call('LRANGE', ready, first, last)
else
  local found = call('ZRANGE', sources[ARGV[1]], first, last, 'WITHSCORES')
  for i = 1, #found, 2 do
    members[#members + 1] = found[i]
    times[#members] = found[i + 1]
  end
end

local reply = {}
for i, member in ipairs(members) do
  local id = parse(member)
  reply[#reply + 1] = member
  reply[#reply + 1] = call('HGET', bodies, id) or ''
  reply[#reply + 1] = times[i] or '0'
  reply[#reply + 1] = call('HGET', reasons, id) or ''
end
return reply
