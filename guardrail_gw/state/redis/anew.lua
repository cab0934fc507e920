-- Forgets what was used of counters.
-- KEYS: counters of budgets, then of rates, then for each budget where it is kept when it began anew.
-- ARGV: how many budgets, how many rates.
-- Returns what of each budget was used, in their order.
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000000 + time[2])
local budgets, rates = tonumber(ARGV[1]), tonumber(ARGV[2])
local was = {}
for place = 1, budgets do
  local key = KEYS[place]
  was[place] = tonumber(redis.call('GET', key) or '0')
  local left = redis.call('PTTL', key)
  if left > 0 then
    redis.call('SET', key, '0', 'PX', left)
    redis.call('SET', KEYS[budgets + rates + place], now, 'PX', left)
  end
end
for place = budgets + 1, budgets + rates do redis.call('DEL', KEYS[place]) end
return was
