/** Exit codes of a program that a signal ended: 128 and its number. */
const codes = { SIGINT: 130, SIGTERM: 143 } as const;

/** Has a signal end the process as an ordinary exit does, so that what is half done is cleared away. */
export function endOnSignals(): void {
  for (const [signal, code] of Object.entries(codes))
    process.once(signal, () => process.exit(code));
}
