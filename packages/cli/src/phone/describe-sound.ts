import type { PhoneCall } from '@tutti/testkit';

/** Loud enough to be told of. */
const AUDIBLE_DBFS = -45;
const LOOK_MS = 300;

/** Tells when sound begins and ends on a call; the returned function stops it. */
export function describeSound(call: PhoneCall, tell: (text: string) => void): () => void {
  let audible = false;
  const timer = setInterval(() => {
    const { energyDbfs } = call;
    const now = energyDbfs > AUDIBLE_DBFS;
    if (now && !audible) tell(`hears sound (${energyDbfs.toFixed(0)} dBFS)`);
    if (!now && audible) tell('hears silence');
    audible = now;
  }, LOOK_MS);
  return () => clearInterval(timer);
}
