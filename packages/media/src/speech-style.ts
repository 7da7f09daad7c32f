/** How words are said. */
export interface SpeechStyle {
  /** Speed; 100 is the voice's own. */
  readonly ratePercent?: number;
  /** Frequency; 100 is the voice's own. */
  readonly pitchPercent?: number;
  /** Amplitude; 100 is the voice's own, 0 is silent. */
  readonly volumePercent?: number;
  readonly emphasis?: 'strong' | 'moderate' | 'reduced';
  /** One by one: all characters, or digits alone. */
  readonly spell?: 'characters' | 'digits';
}

/** Words that are said in one way. */
export interface SpeechRun extends SpeechStyle {
  readonly text: string;
}

/** The words alone; those that are to be spelled stand apart. */
export function plainText(text: string | readonly SpeechRun[]): string {
  if (typeof text === 'string') return text;
  return text.map((run) => (run.spell === undefined ? run.text : spelled(run))).join('');
}

function spelled({ text, spell }: SpeechRun): string {
  if (spell === 'digits') return text.replaceAll(/(?<=[0-9])(?=[0-9])/g, ' ');
  return Array.from(text.replaceAll(/\s+/g, '')).join(' ');
}
