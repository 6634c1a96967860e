-- Puts reserved jobs back: to the front of the queue, or to be due later.
-- ARGV: delay, then receipts
-- Reply: positions of the receipts refused
local held, refused = sort_receipts(2)
if #held > 0 then
  forget_lapses(ids_of(held))
  if ARGV[1] == '0' then
    local backwards = {}
    for i, receipt in ipairs(held) do
      backwards[#held + 1 - i] = receipt
    end
    call('LPUSH', ready, unpack(backwards))
    mark()
  else
    schedule(held, ARGV[1])
  end
end
return refused
