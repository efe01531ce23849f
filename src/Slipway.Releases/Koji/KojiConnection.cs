using System.Net;
using System.Security.Cryptography.X509Certificates;
using Slipway.Content;

namespace Slipway.Releases.Koji;

/// <summary>Connections to hubs, made as the machine's koji configuration says.</summary>
public static class KojiConnection
{
    /// <summary>koji's own files, those that are there, in its order.</summary>
    public static KojiProfile Profile(string name)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] files = ["/etc/koji.conf", .. Directory.Exists("/etc/koji.conf.d") ? Directory.GetFiles("/etc/koji.conf.d", "*.conf").Order(StringComparer.Ordinal).ToArray() : [], Path.Combine(home, ".koji", "config")];
        return KojiProfile.Read(name, [.. files.Where(File.Exists).Select(File.ReadAllText)]);
    }

    public static HttpClient Connect(KojiProfile profile)
    {
        var handler = new HttpClientHandler();
        if (profile.Login == KojiLogin.Kerberos)
            handler.Credentials = CredentialCache.DefaultCredentials;
        if (profile is { Login: KojiLogin.Certificate, Certificate: { } certificate })
            handler.ClientCertificates.Add(X509Certificate2.CreateFromPemFile(Required(certificate)));
        if (profile.ServerAuthority is { } authority)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(Required(authority));
            handler.ServerCertificateCustomValidationCallback = (_, shown, chain, errors) => shown is not null && chain is not null && Vouched(shown, chain, roots, errors);
        }
        return new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(10) };
    }

    private static bool Vouched(X509Certificate2 shown, X509Chain chain, X509Certificate2Collection roots, System.Net.Security.SslPolicyErrors errors)
    {
        if ((errors & ~System.Net.Security.SslPolicyErrors.RemoteCertificateChainErrors) != 0)
            return false;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        return chain.Build(shown);
    }

    private static string Required(string file)
    {
        var path = file.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), file[2..]) : file;
        return File.Exists(path) ? path : throw new SlipwayException($"read {path}", "the koji profile names it and it is not there", "look at cert and serverca in koji's configuration") { Kind = FailureKind.Usage };
    }
}
