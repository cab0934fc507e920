-- Puts what was used in the place of what was reserved, once.
-- KEYS: the reservation, then one counter for each claim, then for each budget when it began anew.
-- ARGV: the reservation's id, then for each claim three words:
--   budget  what was used more (or less) than reserved    what was used
--   rate    the same                                      interval (microseconds for one)
--   slot    0                                             0
-- Returns what of each budget is used now, in the order of the claims; nil if it was settled before.
-- What was reserved before its budget began anew is none of it, so that all that was used is added.
local since = redis.call('GET', KEYS[1])
if not since then return false end
redis.call('DEL', KEYS[1])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local used = {}
local claims = (#ARGV - 1) / 3
for place = 1, claims do
  local key = KEYS[place + 1]
  local at = 3 * place - 1
  local kind, more, interval = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  if kind == 'budget' then
    local there = redis.call('EXISTS', key) == 1
    local anew = redis.call('GET', KEYS[claims + #used + 2])
    local word = anew and tonumber(since) <= tonumber(anew) and at + 2 or at + 1
    used[#used + 1] = there and redis.call('INCRBY', key, ARGV[word]) or 0
  elseif kind == 'rate' then
    local was = redis.call('GET', key)
    if was or more > 0 then
      local after = math.max(now, tonumber(was or '0')) + more * interval
      if after > now then
        local left = math.ceil((after - now) / 1000) + 1
        redis.call('SET', key, string.format('%.2f', after), 'PX', left)
      else
        redis.call('DEL', key)
      end
    end
  else
    redis.call('ZREM', key, ARGV[1])
  end
end
return used
