/**
 * Signing in: exchanges the code behind `#login=`, or says how to get one.
 *
 * @module
 */
import { closeSession, getSession, openSession } from "../../sdk/api/session.ts";
import { hub, isSignedOut, reasonOf } from "./hub.ts";
import { session, signInProblem } from "./state.ts";

const CODE = /^#login=([a-z0-9_]{1,128})$/;

/** Takes the code from the address, which then no longer shows it, and opens the session. */
export async function signIn(): Promise<void> {
  const code = CODE.exec(location.hash)?.[1];
  if (code !== undefined) history.replaceState(null, "", "/");
  try {
    session.value = code === undefined
      ? await hub.call(getSession, {})
      : await hub.call(openSession, { body: { code } });
  } catch (error) {
    session.value = "none";
    if (code !== undefined || !isSignedOut(error)) signInProblem.value = reasonOf(error);
  }
}

/** Ends the session. */
export async function signOut(): Promise<void> {
  await hub.call(closeSession, {}).catch(() => undefined);
  session.value = "none";
}

export function SignIn() {
  return (
    <main class="sign-in">
      <h1>custos</h1>
      {signInProblem.value !== "" && <p role="alert" class="problem">{signInProblem.value}</p>}
      <p>You are not signed in.</p>
      <p>
        Open the one-time link that the hub has printed in its terminal, or print a new one there:
      </p>
      <pre>custos-hub login --data DIR</pre>
      <p>
        <a href="#/verify">Verify a bundle of evidence</a> without signing in.
      </p>
    </main>
  );
}
