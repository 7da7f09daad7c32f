import { attributeTable, optional, present, readAttributes, withDefault } from '../attributes.ts';
import type { Element } from '../element.ts';
import { LONGEST_BREAK_MS } from '../limits.ts';
import { languageTag, oneOf, someText, type ValueType } from '../values.ts';
import { SCHEMA_WARNING, type Warnings } from '../warnings.ts';

/** How words are said. */
export interface SpokenStyle {
  /** Where it is not that of the verb. */
  readonly language?: string;
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

/** Words that are said in one way; runs of blanks are one blank. */
export interface SpokenWords extends SpokenStyle {
  readonly text: string;
}

/** Words, or a silence between them. */
export type SpokenPart = SpokenWords | { readonly pauseMs: number };

// https://docs.aws.amazon.com/polly/latest/dg/supportedtags.html: the order is theirs, the lengths are ours.
const BREAKS_MS = {
  none: 0,
  'x-weak': 0,
  weak: 150,
  medium: 300,
  strong: 600,
  'x-strong': 1000,
} as const;
const SENTENCE_MS = BREAKS_MS.strong;
const PARAGRAPH_MS = BREAKS_MS['x-strong'];

const breakTime: ValueType<number> = {
  read(text) {
    const [, amount = '', unit = ''] =
      /^\+?([0-9]{1,6}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})(ms|s)$/.exec(text.trim()) ?? [];
    if (unit === '') return undefined;
    const lengthMs = Math.round(Number(amount) * (unit === 's' ? 1000 : 1));
    return lengthMs <= LONGEST_BREAK_MS ? lengthMs : undefined;
  },
  expected: `a time such as 1.5s or 800ms, at most ${LONGEST_BREAK_MS / 1000}s`,
};

/** A name, or what `read` makes of a number with a unit; `least` to `most` percent. */
function percent(
  names: Readonly<Record<string, number>>,
  unit: RegExp,
  convert: (amount: number, unit: string) => number,
  [least, most]: readonly [number, number],
  expected: string,
): ValueType<number> {
  return {
    read(text) {
      const trimmed = text.trim();
      if (Object.hasOwn(names, trimmed)) return names[trimmed];
      const [, amount, given = ''] = unit.exec(trimmed) ?? [];
      if (amount === undefined) return undefined;
      const value = Math.round(convert(Number(amount), given));
      return value >= least && value <= most ? value : undefined;
    },
    expected: `${Object.keys(names).join(', ')} or ${expected}`,
  };
}

const AMOUNT = String.raw`([+-]?[0-9]{1,4}(?:\.[0-9]{1,4})?)`;

const rate = percent(
  { 'x-slow': 50, slow: 75, medium: 100, default: 100, fast: 125, 'x-fast': 150 },
  new RegExp(`^${AMOUNT}(%)$`),
  (amount) => amount,
  [20, 200],
  '20% to 200%',
);
const pitch = percent(
  { 'x-low': 75, low: 90, medium: 100, default: 100, high: 110, 'x-high': 125 },
  /^([+-][0-9]{1,4}(?:\.[0-9]{1,4})?)(%|st)$/,
  (amount, unit) => (unit === '%' ? 100 + amount : 100 * 2 ** (amount / 12)),
  [50, 150],
  'a change such as +10% or -2st, at most by 50%',
);
const volume = percent(
  {
    silent: 0,
    'x-soft': 25,
    soft: 50,
    medium: 100,
    default: 100,
    loud: 150,
    'x-loud': 200,
  },
  /^([+-][0-9]{1,4}(?:\.[0-9]{1,4})?)(dB)$/,
  (amount) => 100 * 10 ** (amount / 20),
  [0, 200],
  'a change such as -6dB, at most +6dB',
);

// Twilio: voice/twiml/say/text-speech#say-as. Those that the words as they stand do not carry are below.
const SPELLED = {
  characters: 'characters',
  'spell-out': 'characters',
  digits: 'digits',
  telephone: 'digits',
} as const;
const AS_WRITTEN = ['cardinal', 'number'] as const;
const NOT_INTERPRETED = [
  'ordinal',
  'fraction',
  'unit',
  'date',
  'time',
  'address',
  'expletive',
] as const;

const breakAttributes = attributeTable({
  strength: withDefault(oneOf('none', 'x-weak', 'weak', 'medium', 'strong', 'x-strong'), 'medium'),
  time: optional(breakTime),
});
const emphasisAttributes = attributeTable({
  level: withDefault(oneOf('strong', 'moderate', 'reduced', 'none'), 'moderate'),
});
const languageAttributes = attributeTable({ 'xml:lang': optional(languageTag, 13512) });
const prosodyAttributes = attributeTable({
  rate: optional(rate),
  pitch: optional(pitch),
  volume: optional(volume),
});
const sayAsAttributes = attributeTable(
  {
    'interpret-as': optional(
      oneOf('characters', 'spell-out', 'digits', 'telephone', ...AS_WRITTEN, ...NOT_INTERPRETED),
    ),
  },
  ['format'],
);
const subAttributes = attributeTable({ alias: optional(someText) });
const without = (...names: readonly string[]) => attributeTable({}, names);

/** Sentences and paragraphs are apart from what is around them, and from nothing else. */
type Piece = SpokenPart | { readonly apartMs: number };

type Reader = (element: Element, outer: SpokenStyle, warnings: Warnings) => Piece[];

/** Reads an element whose text is said all the same. */
function unheard(...attributes: readonly string[]): Reader {
  const table = without(...attributes);
  return (element, outer, warnings) => {
    readAttributes(element, table, warnings);
    warnings.add(
      SCHEMA_WARNING,
      element.line,
      () => `<${element.name}> inside <Say> has no effect in this version; its text is said.`,
    );
    return readParts(element, outer, warnings);
  };
}

/** Reads a sentence or a paragraph. */
function apart(apartMs: number): Reader {
  return (element, outer, warnings) => [
    { apartMs },
    ...inLanguage(element, outer, warnings),
    { apartMs },
  ];
}

const inLanguage: Reader = (element, outer, warnings) => {
  const { 'xml:lang': language } = readAttributes(element, languageAttributes, warnings);
  return readParts(element, { ...outer, ...present({ language }) }, warnings);
};

// Twilio: voice/twiml/say/text-speech#ssml-tags.
const readers: Readonly<Record<string, Reader>> = {
  break: (element, _outer, warnings) => {
    const { strength, time } = readAttributes(element, breakAttributes, warnings);
    warnings.addChildren(element);
    warnings.addText(element);
    return [{ pauseMs: time ?? BREAKS_MS[strength] }];
  },
  emphasis: (element, outer, warnings) => {
    const { level } = readAttributes(element, emphasisAttributes, warnings);
    const { emphasis: _, ...plain } = outer;
    const inner = level === 'none' ? plain : { ...outer, emphasis: level };
    return readParts(element, inner, warnings);
  },
  lang: inLanguage,
  p: apart(PARAGRAPH_MS),
  phoneme: unheard('alphabet', 'ph'),
  prosody: (element, outer, warnings) => {
    const read = readAttributes(element, prosodyAttributes, warnings);
    const { rate: ratePercent, pitch: pitchPercent, volume: volumePercent } = read;
    const inner = { ...outer, ...present({ ratePercent, pitchPercent, volumePercent }) };
    return readParts(element, inner, warnings);
  },
  s: apart(SENTENCE_MS),
  'say-as': (element, outer, warnings) => {
    const { 'interpret-as': as } = readAttributes(element, sayAsAttributes, warnings);
    if (NOT_INTERPRETED.some((each) => each === as)) {
      warnings.add(
        SCHEMA_WARNING,
        element.line,
        () =>
          `interpret-as="${as ?? ''}" of <say-as> has no effect in this version; its text is said as it stands.`,
      );
    }
    const spell = Object.entries(SPELLED).find(([name]) => name === as)?.[1];
    return readParts(element, { ...outer, ...present({ spell }) }, warnings);
  },
  sub: (element, outer, warnings) => {
    const { alias } = readAttributes(element, subAttributes, warnings);
    return alias === undefined ? readParts(element, outer, warnings) : [{ ...outer, text: alias }];
  },
  w: unheard('role'),
  mark: unheard('name'),
  speak: inLanguage,
  'amazon:effect': unheard('name', 'phonation', 'vocal-tract-length'),
  'amazon:domain': unheard('name'),
};

/** The words and pauses of `<Say>`, in order; words that stand side by side differ in style. */
export function readSpeech(element: Element, warnings: Warnings): readonly SpokenPart[] {
  const parts: SpokenPart[] = [];
  let breakMs = 0;
  let apartMs = 0;
  for (const piece of readParts(element, {}, warnings)) {
    if ('pauseMs' in piece) breakMs += piece.pauseMs;
    else if ('apartMs' in piece) apartMs = Math.max(apartMs, piece.apartMs);
    else if (piece.text.trim() === '') addWords(parts, ' ', undefined);
    else {
      const pauseMs = parts.length === 0 ? breakMs : Math.max(breakMs, apartMs);
      if (pauseMs > 0) parts.push({ pauseMs });
      [breakMs, apartMs] = [0, 0];
      const { text, ...style } = piece;
      addWords(parts, text, style);
    }
  }
  if (breakMs > 0) parts.push({ pauseMs: breakMs });
  return parts.map((part, at) => trimmed(part, parts[at - 1], parts[at + 1]));
}

/** Adds to the last words where they are said in the same way; undefined: whichever way that is. */
function addWords(parts: SpokenPart[], text: string, style: SpokenStyle | undefined): void {
  const last = parts.at(-1);
  const joins = last !== undefined && 'text' in last && isOfStyle(last, style ?? last);
  if (joins) parts.splice(-1, 1, { ...last, text: oneBlank(last.text + text) });
  else if (style !== undefined) parts.push({ ...style, text: oneBlank(text) });
}

const STYLE_NAMES = [
  'language',
  'ratePercent',
  'pitchPercent',
  'volumePercent',
  'emphasis',
  'spell',
] as const satisfies readonly (keyof SpokenStyle)[];

function isOfStyle(one: SpokenStyle, other: SpokenStyle): boolean {
  return STYLE_NAMES.every((name) => one[name] === other[name]);
}

const oneBlank = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** Words lose the blank beside a pause, and at both ends. */
function trimmed(
  part: SpokenPart,
  before: SpokenPart | undefined,
  after: SpokenPart | undefined,
): SpokenPart {
  if ('pauseMs' in part) return part;
  const start = before === undefined || 'pauseMs' in before ? part.text.trimStart() : part.text;
  const isLast = after === undefined || 'pauseMs' in after;
  return { ...part, text: isLast ? start.trimEnd() : start };
}

function readParts(element: Element, style: SpokenStyle, warnings: Warnings): Piece[] {
  return element.children.flatMap((child) => {
    if (typeof child === 'string') return [{ ...style, text: child }];
    const read = Object.hasOwn(readers, child.name) ? readers[child.name] : undefined;
    if (read !== undefined) return read(child, style, warnings);
    warnings.addUnknownElement(child, 'Say', Object.keys(readers));
    return [];
  });
}
