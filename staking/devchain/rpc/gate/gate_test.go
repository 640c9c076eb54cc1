package gate_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/floe-network/floe/staking/devchain/rpc/gate"
)

func ask(t *testing.T, g *gate.Gate, method, host string, headers map[string]string) (*http.Response, bool) {
	t.Helper()
	r := httptest.NewRequest(method, "/sui.rpc.v2.LedgerService/GetObject", nil)
	r.Host = host
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	passed := false
	w := httptest.NewRecorder()
	g.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true })).ServeHTTP(w, r)
	return w.Result(), passed
}

func newGate(t *testing.T) *gate.Gate {
	t.Helper()
	g, err := gate.New([]string{"chain.example", "192.0.2.7", "2001:db8::1"}, []string{"https://app.example", "http://page.example:8080/"})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestHosts(t *testing.T) {
	g := newGate(t)
	for host, want := range map[string]bool{
		"localhost": true, "localhost:9000": true, "LOCALHOST:9000": true, "localhost.:9000": true, "floe.localhost:1": true,
		"127.0.0.1": true, "127.0.0.1:9000": true, "127.3.2.1:80": true, "[::1]:9000": true, "[::1]": true, "[::ffff:127.0.0.1]:1": true,
		"chain.example:9000": true, "Chain.Example": true, "192.0.2.7:1": true, "[2001:db8::1]:9000": true,
		"": false, "evil.example": false, "evil.example:9000": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false,
		"notlocalhost": false, "192.0.2.8:1": false, "0.0.0.0:9000": false, "[::]:9000": false, "chain.example.evil": false, "2130706433": false,
	} {
		response, passed := ask(t, g, http.MethodPost, host, nil)
		if passed != want {
			t.Errorf("host %q: passed is %v", host, passed)
		}
		if !passed && response.StatusCode != http.StatusForbidden {
			t.Errorf("host %q: status %d", host, response.StatusCode)
		}
	}
}

func TestOrigins(t *testing.T) {
	g := newGate(t)
	for origin, want := range map[string]bool{
		"http://localhost:5173": true, "https://localhost": true, "http://127.0.0.1:3000": true, "http://[::1]:3000": true,
		"https://app.example": true, "HTTPS://APP.EXAMPLE": true, "http://page.example:8080": true,
		"null": false, "": true /* as if there were none */, "https://evil.example": false, "http://app.example": false, "https://app.example:8443": false,
		"https://localhost.evil.example": false, "http://page.example": false, "file://": false, "ftp://localhost": false, "localhost": false, "http://%zz": false,
	} {
		headers := map[string]string{}
		if origin != "" {
			headers["Origin"] = origin
		}
		response, passed := ask(t, g, http.MethodPost, "localhost:9000", headers)
		if passed != want {
			t.Errorf("origin %q: passed is %v", origin, passed)
		}
		allowed := response.Header.Get("Access-Control-Allow-Origin")
		if passed && allowed != origin || !passed && allowed != "" {
			t.Errorf("origin %q: allowed is %q", origin, allowed)
		}
	}
}

func TestTwoOrigins(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "http://localhost/", nil)
	r.Header["Origin"] = []string{"http://localhost", "https://evil.example"}
	w := httptest.NewRecorder()
	newGate(t).Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("passed") })).ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("status %d", w.Code)
	}
}

func TestPreflight(t *testing.T) {
	g := newGate(t)
	headers := map[string]string{
		"Origin": "https://app.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-grpc-web",
		"Access-Control-Request-Private-Network": "true",
	}
	response, passed := ask(t, g, http.MethodOptions, "localhost:9000", headers)
	if passed || response.StatusCode != http.StatusNoContent {
		t.Fatalf("passed is %v, status %d", passed, response.StatusCode)
	}
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "https://app.example", "Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "*",
		"Access-Control-Allow-Private-Network": "true", "Vary": "Origin",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	headers["Origin"] = "https://evil.example"
	if response, _ := ask(t, g, http.MethodOptions, "localhost:9000", headers); response.StatusCode != http.StatusForbidden {
		t.Errorf("another origin: status %d", response.StatusCode)
	}
}

func TestBadConfiguration(t *testing.T) {
	for _, host := range []string{"", "*", "*.example", "http://a", "a/b", "a,b"} {
		if _, err := gate.New([]string{host}, nil); err == nil {
			t.Errorf("host %q was accepted", host)
		}
	}
	for _, origin := range []string{"", "*", "null", "app.example", "https://", "https://a/path", "https://a?q", "https://u@a", "https://*.example"} {
		if _, err := gate.New(nil, []string{origin}); err == nil {
			t.Errorf("origin %q was accepted", origin)
		}
	}
}
