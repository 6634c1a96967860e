-- Stores jobs; an id that is in the queue already stays as it is.
-- ARGV: delay, then id and body of each job
-- Reply: how many were new
local members = {}
for i = 2, #ARGV, 2 do
  if call('HSETNX', bodies, ARGV[i], ARGV[i + 1]) == 1 then
    members[#members + 1] = ARGV[i] .. NEW
  end
end
if #members > 0 then
  if ARGV[1] == '0' then
    call('RPUSH', ready, unpack(members))
    mark()
  else
    schedule(members, ARGV[1])
  end
end
return #members
