// Runs before the first paint, so that a chosen theme does not flash. theme.ts does the rest.
try {
  const theme = localStorage.getItem('phaselens-theme')
  if (theme) document.documentElement.dataset.theme = theme
} catch {
  // Storage is forbidden here: the system's theme it is.
}
