-- Starts the leases of reserved jobs again.
-- ARGV: length of the lease, then receipts
-- Reply: positions of the receipts refused
local held, refused = sort_receipts(2)
for _, receipt in ipairs(held) do
  call('ZADD', reserved, now + ARGV[1], receipt)
end
return refused
