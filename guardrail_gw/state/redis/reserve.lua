-- Takes every claim of some reservations, or none. Integers of a budget stay below 2^53.
-- KEYS: the reservations, then one counter for each claim, each of them once.
-- ARGV: how many reservations, the keep of each (milliseconds), then for each claim four words:
--   budget  amount        limit                              ttl (milliseconds)
--   rate    amount        interval (microseconds for one)    period (microseconds)
--   slot    limit         its reservation's id               lease (milliseconds)
-- Returns {0}, or {claim's place from 1, microseconds to wait (-1: unknown), what others use}.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local held = tonumber(ARGV[1])
local claims = #KEYS - held
local after = {}

for place = 1, claims do
  local key, at = KEYS[held + place], held + 4 * place - 2
  local kind, first = ARGV[at], tonumber(ARGV[at + 1])
  if kind == 'budget' then
    local used = tonumber(redis.call('GET', key) or '0')
    if first > 0 and used + first > tonumber(ARGV[at + 2]) then return {place, -1, used} end
  elseif kind == 'rate' then
    local arrival = math.max(now, tonumber(redis.call('GET', key) or '0'))
    after[place] = arrival + first * tonumber(ARGV[at + 2])
    local wait = after[place] - tonumber(ARGV[at + 3]) - now
    if wait > 1 then return {place, math.ceil(wait), 0} end
  else
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    local taken = redis.call('ZCARD', key)
    if taken >= first then return {place, -1, taken} end
  end
end

for place = 1, claims do
  local key, at = KEYS[held + place], held + 4 * place - 2
  local kind, third = ARGV[at], tonumber(ARGV[at + 3])
  if kind == 'budget' then
    redis.call('INCRBY', key, ARGV[at + 1])
    if redis.call('PTTL', key) < third then redis.call('PEXPIRE', key, third) end
  elseif kind == 'rate' then
    local left = math.ceil((after[place] - now) / 1000) + 1
    redis.call('SET', key, string.format('%.2f', after[place]), 'PX', left)
  else
    redis.call('ZADD', key, now + third * 1000, ARGV[at + 2])
    if redis.call('PTTL', key) < third then redis.call('PEXPIRE', key, third) end
  end
end
for place = 1, held do
  redis.call('SET', KEYS[place], string.format('%.0f', now), 'PX', ARGV[place + 1])
end
return {0}
