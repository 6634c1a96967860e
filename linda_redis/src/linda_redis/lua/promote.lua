-- Moves what is due to ready, a chunk of each kind, and wakes a consumer if anything is ready.
-- Reply: how many; 0 means that nothing was due
local moved = promote()
mark_if_ready()
return moved
