/** Words and phrases that are likely to be heard, between commas. Twilio: voice/twiml/gather#hints */
export function hintsOf(hints: string | undefined): readonly string[] {
  return (hints ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
