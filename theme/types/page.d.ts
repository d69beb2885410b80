// What the pages' scripts tell each other on the document, and what their templates promise of the elements found by a selector.

/** What a selector finds is what the template has there, which no type can tell. */
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}

interface Element {
  closest(selectors: string): any;
}

interface DocumentEventMap {
  "job-stage": CustomEvent<{ action: string; stage: string }>;
  "job-done": Event & { target: HTMLElement };
  "session-changed": CustomEvent<{ who: Api.Session | null }>;
}
