import type { ReactElement } from "react";
import { Link, NavLink } from "react-router";
import classes from "./Layout.module.css";
import { useShownPages } from "./useShownPages.ts";

interface Props {
  /** Whether it is shown on a narrow screen; a wide one always shows it. */
  isOpen: boolean;
  onClose: () => void;
}

/** The list of pages. */
export function Sidebar({ isOpen, onClose }: Props): ReactElement {
  const pages = useShownPages();
  return (
    <>
      <button type="button" className={classes.backdrop} data-open={isOpen} aria-label="Close the menu" onClick={onClose} />
      <nav className={classes.sidebar} data-open={isOpen} aria-label="Pages" id="sidebar">
        <Link to="/" className={classes.brand} onClick={onClose}>
          <img src="/favicon.svg" alt="" width={18} height={18} />
          tunix-rt
        </Link>
        {pages.map(({ path, label, icon: Icon, key, isForAdmins }) => (
          <NavLink key={path} to={path} end={path === "/"} className={classes.link} data-admin={isForAdmins} onClick={onClose} title={`${label} (g ${key})`}>
            <Icon size={17} stroke={1.6} aria-hidden />
            {label}
          </NavLink>
        ))}
      </nav>
    </>
  );
}
