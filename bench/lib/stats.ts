/** Summaries of samples. Each takes the values in any order and gives NaN for none. */

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** `p` in [0, 100]; between two samples the value is interpolated (type 7 of Hyndman and Fan 1996, as numpy does). */
export function percentile(values: ArrayLike<number>, p: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = ((sorted.length - 1) * p) / 100;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: ArrayLike<number>): number {
  return percentile(values, 50);
}

/** Rounded to `digits` decimals: a result file is read by people. */
export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
