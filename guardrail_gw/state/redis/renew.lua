-- Keeps a slot for another lease, if it is still held.
-- KEYS: the slot's counter. ARGV: the reservation's id, its lease (milliseconds).
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2] * 1000, ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
