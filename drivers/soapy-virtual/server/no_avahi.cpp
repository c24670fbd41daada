// SoapySDRServer (0.5) ends at once where no Avahi daemon runs, as in a container. Loaded before it, this answers for
// Avahi: there is a daemon, and it has nothing to say. Only the announcement on the local network is lost.
extern "C" {

void *avahi_client_new(const void *, int, void *, void *, int *error) {
    static char client;
    if (error) *error = 0;
    return &client;
}
void avahi_client_free(void *) {}
int avahi_client_get_state(void *) { return 2; } // running
int avahi_client_errno(void *) { return 0; }
const char *avahi_client_get_version_string(void *) { return "none"; }
const char *avahi_client_get_host_name(void *) { return "none"; }
const char *avahi_client_get_domain_name(void *) { return "none"; }
const char *avahi_client_get_host_name_fqdn(void *) { return "none"; }
void *avahi_entry_group_new(void *, void *, void *) { return nullptr; }
void *avahi_service_browser_new(void *, int, int, const char *, const char *, int, void *, void *) { return nullptr; }
}
