-- Put before every script. KEYS: the nine keys of a queue, as keys.py lists them.
-- A member is id:pushed:attempts. The time of its pushing tells a job from an earlier one of the same id, so that no
-- receipt is ever used twice; and nothing is left out, so that an id may hold colons. Times are microseconds.
-- Redis refuses what needs memory when it has none left, but only as the first write of a script: each script
-- begins with a write that frees, and so can always finish.
local ready, delayed, reserved, buried, bodies, reasons, lapses, marker, inbox = unpack(KEYS)
local call = redis.call
local clock = call('TIME')
local now = clock[1] * 1000000 + clock[2]

-- The most entries that one call moves from one place: longer backlogs take several calls, others come between.
local CHUNK = 500

-- Of fixed width, which finds the end of the id faster than a pattern.
local NEW = string.format(':%016.0f:0', now)

local function parse(member)
  local origin, attempts = string.match(member, '^(.*):(%d+)$')
  return string.sub(origin, 1, -18), tonumber(attempts), origin
end

local function ids_of(members)
  local ids = {}
  for i, member in ipairs(members) do
    ids[i] = parse(member)
  end
  return ids
end

-- Wakes one waiting consumer; one is enough, since whoever comes leaves the marker again while there is reason to.
local function mark()
  call('ZADD', marker, 0, '0')
end

-- Leaves the marker as it should be after jobs have gone, and nothing at all in an empty queue.
local function mark_if_ready()
  if call('LLEN', ready) + call('LLEN', inbox) > 0 then
    mark()
  elseif call('EXISTS', bodies) == 0 then
    call('DEL', marker)
  end
end

-- Makes members due one after another, so that they keep their order.
local function schedule(members, delay)
  local entries = {}
  for i, member in ipairs(members) do
    entries[2 * i - 1] = now + delay + i - 1
    entries[2 * i] = member
  end
  call('ZADD', delayed, unpack(entries))
  if call('ZRANGE', delayed, 0, 0)[1] == members[1] then
    mark() -- who waits has to wait less long
  end
end

local function move_due(source)
  local due = call('ZRANGEBYSCORE', source, '-inf', now, 'LIMIT', 0, CHUNK)
  if #due > 0 then
    call('ZREM', source, unpack(due))
    call('RPUSH', ready, unpack(due))
  end
  return due
end

-- Leases that ran out are counted until somebody settles the job.
local function move_expired()
  local expired = move_due(reserved)
  for _, id in ipairs(ids_of(expired)) do
    call('HINCRBY', lapses, id, 1)
  end
  return #expired
end

local function forget_lapses(ids)
  if call('EXISTS', lapses) == 1 then
    call('HDEL', lapses, unpack(ids))
  end
end

-- Takes in what producers without Linda have pushed, under ids of our own.
local function receive()
  local arrived = call('LPOP', inbox, CHUNK) or {}
  local members = {}
  for i, body in ipairs(arrived) do
    local id = string.format('in-%.0f-%d', now, i)
    while call('HSETNX', bodies, id, body) == 0 do
      id = id .. '+' -- the server's clock was set back
    end
    members[i] = id .. NEW
  end
  if #members > 0 then
    call('RPUSH', ready, unpack(members))
  end
  return #members
end

-- Moves what is due to ready, a chunk of each kind. Returns how many.
local function promote()
  return receive() + #move_due(delayed) + move_expired()
end

-- Splits the receipts in ARGV, from `first` on, into those whose lease runs and the positions (from 0) of others.
local function sort_receipts(first)
  local held, refused, seen = {}, {}, {}
  local leases = call('ZMSCORE', reserved, unpack(ARGV, first))
  for i, lease in ipairs(leases) do
    local receipt = ARGV[first + i - 1]
    if lease and tonumber(lease) > now and not seen[receipt] then
      seen[receipt] = true
      held[#held + 1] = receipt
    else
      refused[#refused + 1] = i - 1
    end
  end
  if #held > 0 then
    call('ZREM', reserved, unpack(held))
  end
  return held, refused
end

