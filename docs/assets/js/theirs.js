// @ts-check
// What shows readers what is theirs is loaded once they are signed in: until then its block asks them to be.

import { account, onChange } from "./session.js";
import { Stages } from "./stages.js";

/**
 * What begins a block, out of a module that is still to be loaded.
 *
 * @param {() => Promise<any>} load
 * @param {string} name of the module's export
 */
export function theirs(load, name) {
  return {
    start: async (block) => {
      const hasSignedIn = !account() && (await askedToSignIn(block));
      return (await load())[name](block, { hasSignedIn });
    },
  };
}

/** True once somebody has signed in. */
function askedToSignIn(block) {
  const stages = new Stages(block);
  if (stages.get("sign-in")) stages.askToSignIn(false);
  return new Promise((resolve) => {
    onChange((who) => who && resolve(true));
  });
}
