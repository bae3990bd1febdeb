// Runs before the first paint, so it cannot wait for the bundle; src/theme.ts writes the same key.
try {
  const theme = localStorage.getItem('paperkin-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage can be forbidden; then the system's preference decides.
}
