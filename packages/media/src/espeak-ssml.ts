import type { SpeechRun } from './speech-style.ts';

/**
 * SSML as espeak-ng 1.51 reads it. Nothing of the words is markup: it would run programs for `<audio>`.
 *
 * Source: https://www.w3.org/TR/speech-synthesis11
 */
export function espeakSsml(runs: readonly SpeechRun[]): string {
  return `<speak>${runs.map(runSsml).join('')}</speak>`;
}

function runSsml(run: SpeechRun): string {
  const { ratePercent, pitchPercent, volumePercent, emphasis, spell } = run;
  let ssml = escaped(run.text);
  // It spells digits one by one for telephone numbers, and not for digits.
  const as = spell === 'digits' ? 'telephone' : spell;
  if (as !== undefined) ssml = `<say-as interpret-as="${as}">${ssml}</say-as>`;
  if (emphasis !== undefined) ssml = `<emphasis level="${emphasis}">${ssml}</emphasis>`;
  const prosody = [
    ratePercent === undefined ? '' : ` rate="${ratePercent}%"`,
    // A change of its pitch by one in a hundred changes the frequency by half that.
    pitchPercent === undefined ? '' : ` pitch="${100 + 2 * (pitchPercent - 100)}%"`,
    // It takes decibels for parts in a hundred.
    volumePercent === undefined ? '' : ` volume="${volumePercent}"`,
  ].join('');
  return prosody === '' ? ssml : `<prosody${prosody}>${ssml}</prosody>`;
}

const REFERENCES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>]/g, (character) => REFERENCES[character] ?? '');
}
