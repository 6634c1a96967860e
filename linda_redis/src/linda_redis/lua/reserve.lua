-- Takes jobs from the front of the queue, after moving there what is due.
-- ARGV: most jobs, length of the lease
-- Reply: microseconds until something is due (-1: nothing is), a list of receipt, body, receipt, body, …, and a list
-- of how many leases of each ran out in a row, empty if none did
promote()

local function take(members)
  local ids, receipts = {}, {}
  for i, member in ipairs(members) do
    local id, attempts, origin = parse(member)
    ids[i] = id
    receipts[i] = origin .. ':' .. attempts + 1
  end
  local leases, taken = {}, {}
  local lease_end = string.format('%.0f', now + ARGV[2]) -- once, instead of once for each job
  for i, body in ipairs(call('HMGET', bodies, unpack(ids))) do
    if body then -- else it was evicted, and there is nothing to hand out
      leases[#leases + 1] = lease_end
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

-- Rarely any, so one look spares the rest.
local function lapses_of(taken)
  if #taken == 0 or call('EXISTS', lapses) == 0 then
    return {}
  end
  local ids = {}
  for i = 1, #taken, 2 do
    ids[#ids + 1] = (parse(taken[i]))
  end
  return call('HMGET', lapses, unpack(ids))
end

local function head(source)
  return tonumber(call('ZRANGE', source, 0, 0, 'WITHSCORES')[2]) or math.huge
end

local members = call('LPOP', ready, ARGV[1])
local taken = members and take(members) or {}
mark_if_ready()

local due = math.min(head(delayed), head(reserved))
return { due < math.huge and math.max(0, due - now) or -1, taken, lapses_of(taken) }
