// Sends a change once, however often it is asked for: after an uncertain end it goes out again with the same key.

import { call, isUncertain } from "./api.js";

export class Once {
  /** The answer's body. */
  async send(method, path, body) {
    const attempt = JSON.stringify([method, path, body]);
    if (attempt !== this.attempt) [this.attempt, this.key] = [attempt, crypto.randomUUID()];
    try {
      const answer = await call(method, path, { body, key: this.key });
      this.attempt = undefined;
      return answer.body;
    } catch (error) {
      if (!isUncertain(error)) this.attempt = undefined;
      throw error;
    }
  }
}
