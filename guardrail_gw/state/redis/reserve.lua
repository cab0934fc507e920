-- Takes every claim of a reservation, or none. Integers of a budget stay below 2^53.
-- KEYS: the reservation, then one counter for each claim.
-- ARGV: the reservation's id, its lease and its keep (milliseconds), then for each claim four words:
--   budget  amount        limit        ttl (milliseconds)
--   rate    amount        interval (microseconds for one)    period (microseconds)
--   slot    limit         0            0
-- Returns {0}, or {claim's place from 1, microseconds to wait (-1: unknown), what others use}.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local id, lease, keep = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local function words(place)
  local at = 4 * place
  return ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
end

local function arrival(key)
  return math.max(now, tonumber(redis.call('GET', key) or '0'))
end

for place = 1, #KEYS - 1 do
  local key = KEYS[place + 1]
  local kind, first, second, third = words(place)
  if kind == 'budget' then
    local used = tonumber(redis.call('GET', key) or '0')
    if first > 0 and used + first > second then return {place, -1, used} end
  elseif kind == 'rate' then
    local wait = arrival(key) + first * second - third - now
    if wait > 1 then return {place, math.ceil(wait), 0} end
  else
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    local taken = redis.call('ZCARD', key)
    if taken >= first then return {place, -1, taken} end
  end
end

for place = 1, #KEYS - 1 do
  local key = KEYS[place + 1]
  local kind, first, second, third = words(place)
  if kind == 'budget' then
    redis.call('INCRBY', key, first)
    if redis.call('PTTL', key) < third then redis.call('PEXPIRE', key, third) end
  elseif kind == 'rate' then
    local after = arrival(key) + first * second
    redis.call('SET', key, string.format('%.2f', after), 'PX', math.ceil((after - now) / 1000) + 1)
  else
    redis.call('ZADD', key, now + lease * 1000, id)
    if redis.call('PTTL', key) < lease then redis.call('PEXPIRE', key, lease) end
  end
end
redis.call('SET', KEYS[1], '1', 'PX', keep)
return {0}
