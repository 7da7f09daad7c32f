/** The voices of Amazon Polly by the language they speak. AWS: polly/latest/dg/available-voices */
const POLLY: Readonly<Record<string, string>> = {
  ar: 'Zeina',
  'ar-AE': 'Hala Zayd',
  'ca-ES': 'Arlet',
  'cmn-CN': 'Zhiyu',
  'cs-CZ': 'Jitka',
  'cy-GB': 'Gwyneth',
  'da-DK': 'Mads Naja Sofie',
  'de-AT': 'Hannah',
  'de-CH': 'Sabrina',
  'de-DE': 'Daniel Hans Marlene Vicki',
  'en-AU': 'Nicole Olivia Russell',
  'en-GB': 'Amy Arthur Brian Emma Geraint',
  'en-IE': 'Niamh',
  'en-IN': 'Aditi Kajal Raveena',
  'en-NZ': 'Aria',
  'en-SG': 'Jasmine',
  'en-US':
    'Danielle Gregory Ivy Joanna Joey Justin Kendra Kevin Kimberly Matthew Patrick Ruth Salli Stephen',
  'en-ZA': 'Ayanda',
  'es-ES': 'Conchita Enrique Lucia Sergio',
  'es-MX': 'Andres Mia',
  'es-US': 'Lupe Miguel Pedro Penelope',
  'fi-FI': 'Suvi',
  'fr-BE': 'Isabelle',
  'fr-CA': 'Chantal Gabrielle Liam',
  'fr-FR': 'Celine Lea Mathieu Remi',
  'is-IS': 'Dora Karl',
  'it-IT': 'Adriano Bianca Carla Giorgio',
  'ja-JP': 'Kazuha Mizuki Takumi Tomoko',
  'ko-KR': 'Jihye Seoyeon',
  'nb-NO': 'Ida Liv',
  'nl-BE': 'Lisa',
  'nl-NL': 'Laura Lotte Ruben',
  'pl-PL': 'Ewa Jacek Jan Maja Ola',
  'pt-BR': 'Camila Ricardo Thiago Vitoria',
  'pt-PT': 'Cristiano Ines',
  'ro-RO': 'Carmen',
  'ru-RU': 'Maxim Tatyana',
  'sv-SE': 'Astrid Elin',
  'tr-TR': 'Burcu Filiz',
  'yue-CN': 'Hiujin',
};

const languages = new Map(
  Object.entries(POLLY).flatMap(([language, names]) =>
    names.split(' ').map((name) => [name.toLowerCase(), language] as const),
  ),
);

/**
 * The language that a voice of Twilio's speaks when `<Say>` names none: `Polly.Vicki-Neural`, `Google.de-DE-Standard-A`.
 * Twilio: voice/twiml/say/text-speech
 */
export function voiceLanguage(voice: string): string | undefined {
  const google = /^Google\.([a-z]{2,3}-[A-Z]{2})\b/.exec(voice)?.[1];
  if (google !== undefined) return google;
  const polly = /^Polly\.([\p{L}\p{M}]+)/u.exec(voice)?.[1];
  // Written with its accents or without.
  return polly && languages.get(polly.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase());
}
