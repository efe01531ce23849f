using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Content;

namespace Slipway.Cli.Verbs;

/// <summary>What `slipway keys` does to the certificates that sign streams.</summary>
internal static class CertificateVerbs
{
    private const long MaxFileBytes = 256 * 1024;

    public static Option<string?> Stream(bool required) => new("--stream") { Description = "Name of the stream" + (required ? "" : " [default: the keys of repositories]"), HelpName = "NAME", Required = required };

    public static Option<bool> Root() => new("--root") { Description = "Of a stream: change the root. Devices are told of the new one by the versions made from now on; when they have it, revoke the old one" };

    public static Option<string?> RootKey() => new("--root-key") { Description = "PEM file with the root's certificate and key [default: they lie on the signer's machine]", HelpName = "FILE" };

    public static Command Import()
    {
        var stream = Stream(required: true);
        var certificate = new Option<string>("--certificate") { Description = "PEM file of the signer's certificate and what vouches for it: a mixer's Swupd_Root.pem", HelpName = "FILE", Required = true };
        var key = new Option<string>("--key") { Description = "PEM file of its private key: a mixer's private.pem", HelpName = "FILE", Required = true };
        var trust = new Option<string?>("--trust") { Description = "PEM file of what devices trust [default: the certificate]", HelpName = "FILE" };
        var command = new Command("import", "Sign a stream with a certificate and key that were made elsewhere; the key goes to the signer and never comes back") { stream, certificate, key, trust };
        Action(command, stream, "import", parsed => new { certificate = Text(parsed.GetValue(certificate)), key = Text(parsed.GetValue(key)), trust = Text(parsed.GetValue(trust)) });
        return command.WithExamples("slipway keys import --stream harbor --certificate Swupd_Root.pem --key private.pem");
    }

    public static Command Create()
    {
        var stream = Stream(required: true);
        var command = new Command("create", "Make the certificates of a new stream: a root for ten years, whose key belongs off the machine, and a signer for one") { stream };
        Action(command, stream, "create", _ => new { });
        return command.WithExamples("slipway keys create --stream harbor");
    }

    public static Command Revoke()
    {
        var stream = Stream(required: true);
        var fingerprint = new Argument<string>("FINGERPRINT") { Description = "Fingerprint of the certificate, as `slipway keys list --certificates` shows it" };
        var command = new Command("revoke", "Sign nothing more with a root of a stream: its successor takes over, and devices are told to forget it") { fingerprint, stream };
        Action(command, stream, "revoke", parsed => new { fingerprint = parsed.GetValue(fingerprint) });
        return command.WithExamples("slipway keys revoke --stream harbor FINGERPRINT");
    }

    public static void Print(Output output, JsonNode rows) => output.List(rows, "No stream has certificates yet.",
        ("stream", "stream"), ("role", "role"), ("until", "until"), ("fingerprint", "fingerprint"), ("key here", "keyHere"), ("to do", "advice"));

    public static string? Text(string? file)
    {
        if (file is null) return null;
        var there = new FileInfo(file);
        if (!there.Exists || there.Length > MaxFileBytes)
            throw new SlipwayException($"file {file}", there.Exists ? $"it has {there.Length} bytes, which is no PEM file of keys" : "there is no such file", "name the PEM file") { Kind = FailureKind.Usage };
        return File.ReadAllText(file);
    }

    private static void Action(Command command, Option<string?> stream, string verb, Func<ParseResult, object> order) =>
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => Print(output,
            await service.PostAsync($"api/v1/streams/{parsed.GetValue(stream)}/certificates/{verb}", order(parsed), cancellation))));
}
