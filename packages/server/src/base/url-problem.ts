/** What keeps `given` from being an absolute http(s) URL. Twilio: conversations, code 50372 (512 characters) */
export function urlProblem(given: string): string | undefined {
  if (given.length > 2048) return `It is ${given.length} characters long; at most 2048 are taken.`;
  if (!URL.canParse(given)) return 'An absolute URL is expected, as https://example.com/voice.';
  const { protocol, hostname } = new URL(given);
  if (protocol !== 'http:' && protocol !== 'https:') return `${protocol} is not http: or https:.`;
  if (hostname === '') return 'It has no host.';
  return undefined;
}
