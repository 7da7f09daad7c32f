import { describe, expect, it } from 'vitest';
import { parseTwiml } from '../parse-twiml.ts';

/** The one noun of a `<Dial>`, and the codes of the warnings. */
function read(noun: string) {
  const parsed = parseTwiml(`<Response><Dial>${noun}</Dial></Response>`);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const [dial] = parsed.value.verbs;
  return {
    noun: dial?.verb === 'Dial' ? dial.nouns[0] : undefined,
    codes: parsed.value.warnings.map(({ code }) => code),
  };
}

describe.each([
  ['Number', '+15551234567'],
  ['Sip', 'sip:ann@example.com'],
])('machineDetection of <%s>', (name, to) => {
  it('has its thresholds read, and warns of what cannot be', () => {
    const given =
      'machineDetection="DetectMessageEnd" machineDetectionTimeout="10" machineDetectionSpeechThreshold="999" machineDetectionSpeechEndThreshold="500" machineDetectionSilenceTimeout="2000" amdStatusCallback="/amd" amdStatusCallbackMethod="GET"';

    const { noun, codes } = read(`<${name} ${given}>${to}</${name}>`);

    expect(noun).toMatchObject({
      machineDetection: {
        mode: 'DetectMessageEnd',
        timeoutSec: 10,
        speechThresholdMs: 2400,
        speechEndThresholdMs: 500,
        silenceTimeoutMs: 2000,
        statusCallback: '/amd',
        statusCallbackMethod: 'GET',
      },
    });
    expect(codes).toEqual([21_263]);
  });

  it('is nothing unless it is asked for', () => {
    const { noun, codes } = read(`<${name} machineDetectionTimeout="10">${to}</${name}>`);

    expect(noun).not.toHaveProperty('machineDetection');
    expect(codes).toEqual([]);
  });
});
