/** Two sheets that overlap: papers that are kin. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="logo-back" x="5" y="3" width="15" height="20" rx="3" />
      <rect class="logo-front" x="12" y="9" width="15" height="20" rx="3" />
    </svg>
  );
}
