using System.CommandLine;
using System.Text;
using Slipway.Content;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway repo mirror`: an upstream's packages as a repository of our own.</summary>
internal static class MirrorVerb
{
    public static Command Create(Argument<string> repository)
    {
        var url = new Option<string>("--url") { Description = "deb: what stands above dists/; rpm: above repodata/; pacman: the directory of the database", Required = true, HelpName = "URL" };
        var type = new Option<string>("--type") { Description = "Kind of packages", Required = true };
        type.AcceptOnlyFromAmong("deb", "rpm", "pacman");
        var keys = new Option<string>("--keys") { Description = "File with the OpenPGP keys that must have signed its index, armoured or binary", Required = true, HelpName = "FILE" };
        var suite = new Option<string?>("--suite") { Description = "deb: suite or codename; pacman: name of the repository", HelpName = "NAME" };
        var component = new Option<string[]>("--component") { Description = "deb: component, may be repeated [default: main]", HelpName = "NAME" };
        var architecture = new Option<string[]>("--arch") { Description = "Architecture, may be repeated [default: amd64 of deb, all of the others]", HelpName = "ARCH" };
        var package = new Option<string[]>("--package") { Description = "Package to take, may be repeated [default: all]", HelpName = "NAME" };
        var command = new Command("mirror", "Make a repository hold what an upstream holds: verified by the upstream's signatures, fetched once, signed by our key")
        {
            repository, type, url, keys, suite, component, architecture, package,
        };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.Object(await service.PostAsync($"{RepoVerb.Address(parsed)}/mirror", new
        {
            from = new
            {
                type = parsed.GetValue(type),
                url = parsed.GetValue(url),
                keys = ReadKeys(parsed.GetValue(keys)!),
                suite = parsed.GetValue(suite),
                components = parsed.GetValue(component),
                architectures = parsed.GetValue(architecture),
                packages = parsed.GetValue(package),
            },
        }, cancellation))));
        return command.WithExamples(
            "slipway repo mirror debian/bookworm --type deb --url https://mirror.example/debian --suite bookworm --keys /usr/share/keyrings/debian-archive-keyring.gpg --package hello",
            "slipway repo mirror fedora/rpm --type rpm --url https://HOST/PATH --keys fedora.asc");
    }

    private static string ReadKeys(string file)
    {
        if (!File.Exists(file)) throw new SlipwayException($"keys {file}", "there is no such file", "name the upstream's public keys") { Kind = FailureKind.Usage };
        var bytes = File.ReadAllBytes(file);
        return bytes.AsSpan().StartsWith("-----BEGIN"u8) ? Encoding.ASCII.GetString(bytes) : Convert.ToBase64String(bytes);
    }
}
