/** Package managers that kickstart can name packages for. */
export type PackageManager = 'apt' | 'dnf' | 'yum' | 'zypper' | 'apk' | 'pacman' | 'pkg' | 'brew';
