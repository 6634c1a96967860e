-- Removes reserved jobs for good.
-- ARGV: whether this is the second try ('1') after an answer was lost ('0': the first), then receipts
-- Reply: positions of the receipts refused; on a second try, a job that is gone counts as removed by the first
local held, refused = sort_receipts(2)
if #held > 0 then
  local ids = ids_of(held)
  call('HDEL', bodies, unpack(ids))
  forget_lapses(ids)
  mark_if_ready()
end
if ARGV[1] == '0' then
  return refused
end
local still_there = {}
for _, position in ipairs(refused) do
  if call('HEXISTS', bodies, (parse(ARGV[position + 2]))) == 1 then
    still_there[#still_there + 1] = position
  end
end
return still_there
