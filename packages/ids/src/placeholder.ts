// Samples that documentation and READMEs put in place of 32 digits; a minted SID equals one of
// them with a probability below 2^-120.
const sampleDigits: ReadonlySet<string> = new Set([
  '0123456789abcdef0123456789abcdef',
  '1234567890abcdef1234567890abcdef',
  '12345678901234567890123456789012',
  '01234567890123456789012345678901',
]);

// A SID prefix and a run of what is obviously not digits: CNXXXX…, ACxxx, AC..., AC****, AC….
const maskedDigits = /^[A-Z]{2}(?:[xX*.#?_-]{2,}…?|…)$/;

// A template that was not filled in: <CONDUCTOR_SID>, {{conductorSid}}, ${SID}, %SID%, [sid], $SID.
const template =
  /^(?:<[^<>]{1,80}>|\{[^]{1,80}\}|\$\{?[a-z_][^]{0,80}|%[^%]{1,80}%|\[[^[\]]{0,80}sid\])$/i;

// your_account_sid, YOUR-CONDUCTOR-SID, my_account_sid, conductor_sid, CONDUCTOR SID, AccountSid.
const nameOfSid = /^[a-z][a-z _.-]{0,60}sid(?:[ _-]here)?$/i;
const yourSomething = /^(?:your|my|insert|replace|enter)[ _-][a-z _-]{1,60}$/i;

/** Tells whether a text is sample text from documentation rather than a SID of anything. */
export function isPlaceholder(text: string): boolean {
  if (text.length > 100) return false;
  if (/^[A-Z]{2}/.test(text)) {
    const digits = text.slice(2).toLowerCase();
    if (digits.length >= 8 && isOneCharacterRepeated(digits)) return true;
    if (sampleDigits.has(digits) || maskedDigits.test(text)) return true;
  }
  return template.test(text) || yourSomething.test(text) || nameOfSid.test(text);
}

function isOneCharacterRepeated(text: string): boolean {
  const first = text.charAt(0);
  for (let index = 1; index < text.length; index += 1) {
    if (text.charAt(index) !== first) return false;
  }
  return true;
}
