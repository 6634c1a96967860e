-- Sets reserved jobs aside.
-- ARGV: reason, then receipts
-- Reply: positions of the receipts refused
local held, refused = sort_receipts(2)
for i, receipt in ipairs(held) do
  call('ZADD', buried, now + i - 1, receipt) -- a score of its own keeps the order
  if ARGV[1] ~= '' then
    call('HSET', reasons, parse(receipt), ARGV[1])
  end
end
return refused
