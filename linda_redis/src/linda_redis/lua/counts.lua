-- Counts the jobs of each state; what is due counts as ready, whether it was moved or not.
-- Reply: ready, delayed, reserved, buried
local due = call('ZCOUNT', delayed, '-inf', now)
local expired = call('ZCOUNT', reserved, '-inf', now)
return {
  call('LLEN', ready) + call('LLEN', inbox) + due + expired,
  call('ZCARD', delayed) - due,
  call('ZCARD', reserved) - expired,
  call('ZCARD', buried),
}
