-- Takes jobs from the front of the queue, after moving there what is due.
-- ARGV: most jobs, length of the lease
-- Reply: microseconds until something is due (-1: nothing is), and a list of receipt, body, receipt, body, …
promote()

local function take(members)
  local ids, receipts = {}, {}
  for i, member in ipairs(members) do
    local id, attempts = parse(member)
    ids[i] = id
    receipts[i] = id .. ':' .. attempts + 1
  end
  local leases, taken = {}, {}
  for i, body in ipairs(call('HMGET', bodies, unpack(ids))) do
    if body then -- else it was evicted, and there is nothing to hand out
      leases[#leases + 1] = now + ARGV[2]
      leases[#leases + 1] = receipts[i]
      taken[#taken + 1] = receipts[i]
      taken[#taken + 1] = body
    end
  end
  if #leases > 0 then
    call('ZADD', reserved, unpack(leases))
  end
  return taken
end

local function head(source)
  return tonumber(call('ZRANGE', source, 0, 0, 'WITHSCORES')[2]) or math.huge
end

local members = call('LPOP', ready, ARGV[1])
local taken = members and take(members) or {}
local due = head(delayed)
mark_if_ready()
if #taken > 0 and due < math.huge then
  mark() -- this consumer will be busy: another one should know when the next job is due
end
due = math.min(due, head(reserved))
return { due < math.huge and math.max(0, due - now) or -1, taken }
