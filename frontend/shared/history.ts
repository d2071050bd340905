// The browser's way back.

/** True if one address only adds parameters to another of the same page. */
export function onlyCompletes(from: URL, to: URL): boolean {
  const kept = [...new Set(from.searchParams.keys())].every(
    (name) => String(from.searchParams.getAll(name)) === String(to.searchParams.getAll(name)),
  );
  return from.origin === to.origin && from.pathname === to.pathname && kept;
}

/**
 * Let an address that only completes the one before take its place.
 *
 * A page completes its address with what it shows. Streamlit makes an entry of the history of that, and the way back
 * from it leads to the address before, which is completed again. Where the browser tells of navigation before it
 * happens (all current ones do), such an entry is not made; elsewhere the way back takes one step more.
 */
export function completeAddressesInPlace(): void {
  const { navigation } = window as Window & { navigation?: EventTarget };
  navigation?.addEventListener("navigate", (event) => {
    const { navigationType, destination, cancelable } = event as NavigateEventLike;
    if (navigationType !== "push" || !destination.sameDocument || !cancelable) return;
    if (!onlyCompletes(new URL(location.href), new URL(destination.url))) return;
    event.preventDefault();
    history.replaceState({}, "", destination.url);
  });
}

interface NavigateEventLike extends Event {
  navigationType: "push" | "replace" | "reload" | "traverse";
  destination: { url: string; sameDocument: boolean };
}
