/** The shortest input found, by leaving pieces out, that still fails. */
export function shrink<T extends string | Buffer>(input: T, fails: (shorter: T) => boolean): T {
  let shortest = input;
  let attempts = 3000;
  for (let piece = Math.ceil(input.length / 2); piece >= 1; piece = Math.floor(piece / 2)) {
    for (let at = 0; at < shortest.length && attempts > 0;) {
      attempts -= 1;
      const shorter = without(shortest, at, at + piece);
      if (fails(shorter)) shortest = shorter;
      else at += piece;
    }
  }
  return shortest;
}

function without<T extends string | Buffer>(input: T, start: number, end: number): T {
  if (typeof input === 'string') return (input.slice(0, start) + input.slice(end)) as T;
  return Buffer.concat([input.subarray(0, start), input.subarray(end)]) as T;
}
