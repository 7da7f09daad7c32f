/** A sentence that does not end is cut at a blank, so that its beginning is heard. */
const LONGEST = 400;
/** The end of a sentence and what follows it; languages without blanks need none. */
const SENTENCE_END = /[.!?…]["'”’)\]]*\s|[。！？；]|\n/u;

/** Cuts text that comes in pieces into sentences, each handed out as soon as it is whole. */
export class Sentences {
  #rest = '';

  /** What is whole with `token`; with `last`, all that is left too. */
  push(token: string, last: boolean): string[] {
    this.#rest += token;
    const whole: string[] = [];
    for (;;) {
      const beginning = this.#rest.slice(0, LONGEST);
      const end = SENTENCE_END.exec(beginning);
      let at = end === null ? -1 : end.index + end[0].length;
      if (at === -1 && this.#rest.length > LONGEST) {
        const blank = beginning.lastIndexOf(' ');
        at = blank > 0 ? blank + 1 : LONGEST;
      }
      if (at === -1) break;
      whole.push(this.#rest.slice(0, at));
      this.#rest = this.#rest.slice(at);
    }
    if (last) {
      whole.push(this.#rest);
      this.#rest = '';
    }
    return whole.map((sentence) => sentence.trim()).filter((sentence) => sentence !== '');
  }

  clear(): void {
    this.#rest = '';
  }
}
