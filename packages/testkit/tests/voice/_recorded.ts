import { ToneMeter } from '@tutti/media';

/** The samples of a WAV file as the server writes them: 16 bits, 8 kHz. One array for each channel. */
export async function recorded(url: string): Promise<readonly Int16Array[]> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const channels = bytes.readUInt16LE(22);
  const samples = (bytes.length - 44) / 2 / channels;
  return Array.from({ length: channels }, (_, channel) =>
    Int16Array.from({ length: samples }, (__, at) =>
      bytes.readInt16LE(44 + 2 * (at * channels + channel)),
    ),
  );
}

/** Those of the tones that dominate 100 ms somewhere in the samples. */
export function tonesIn(samples: Int16Array | undefined, ...frequenciesHz: number[]): number[] {
  return frequenciesHz.filter((frequencyHz) => {
    const meter = new ToneMeter();
    for (let at = 0; at + 160 <= (samples?.length ?? 0); at += 160) {
      meter.push(samples?.subarray(at, at + 160) ?? new Int16Array(0));
      if (meter.has(frequencyHz)) return true;
    }
    return false;
  });
}
