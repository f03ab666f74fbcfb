package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
)

// policy lets the page load its own files and ask its own server, and nothing else: no script and no style that a
// name in a study could bring along.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// guard refuses requests that the page cannot have made. A page of another site can make a browser send requests
// here, and with a name of its own that leads to this machine (DNS rebinding) could read the answers: the Host must be
// a number, which no such name is, or a name of this machine. What changes something must in addition come from the
// page itself (Origin), be JSON, carry a header that no form can send, and come from this very machine.
func guard(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", policy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		switch {
		case !ownName(r.Host):
			http.Error(w, "this is a dashboard of another name", http.StatusMisdirectedRequest)
		case r.Header.Get("Origin") != "" && !sameOrigin(r):
			http.Error(w, "a page of another origin may not ask", http.StatusForbidden)
		case r.Method != http.MethodGet && r.Method != http.MethodHead && !fromPage(r):
			http.Error(w, "only the dashboard's own page, on this machine, may change something", http.StatusForbidden)
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// ownName tells whether host, with a port or without, is an address in numbers or a name of this machine.
func ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	machine, err := os.Hostname()
	return strings.EqualFold(host, "localhost") || err == nil && strings.EqualFold(host, machine)
}

func sameOrigin(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Scheme == "http" && origin.Host == r.Host
}

// fromPage tells whether the dashboard's page on this machine has sent a request.
func fromPage(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	return sameOrigin(r) && r.Header.Get("X-Gradlab") == "stop" &&
		strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}
