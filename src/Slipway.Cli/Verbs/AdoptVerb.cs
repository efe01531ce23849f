using System.CommandLine;
using Slipway.Content;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway release adopt`: take over a stream with devices in the field.</summary>
internal static class AdoptVerb
{
    public static Command Create(Option<string> stream)
    {
        var www = new Option<string>("--www") { Description = "Where its content is published: a directory of the server's machine or an address; what holds version/ and the version directories", HelpName = "URL|DIR", Required = true };
        var workspace = new Option<string?>("--workspace") { Description = "Directory of the mixer workspace that made it, on the server's machine [default: it is lost]", HelpName = "DIR" };
        var certificate = new Option<string?>("--certificate") { Description = "PEM file of what devices trust, former certificates among it [default: the workspace's Swupd_Root.pem]", HelpName = "FILE" };
        var command = new Command("adopt", "Take over a published stream with its devices: every version is fetched, verified and put on record, and the next one continues it") { stream, www, workspace, certificate };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.Object(await service.PostAsync(
            $"api/v1/streams/{parsed.GetValue(stream)}/adopt",
            new { www = Place(parsed.GetValue(www)!), workspace = parsed.GetValue(workspace) is { } directory ? Path.GetFullPath(directory) : null, certificatePem = Text(parsed.GetValue(certificate)) },
            cancellation))));
        return command.WithExamples(
            "slipway release adopt --stream harbor --www https://www.example.org/update --certificate Swupd_Root.pem",
            "slipway release adopt --stream harbor --www /srv/mixer/harbor/update/www --workspace /srv/mixer/harbor");
    }

    private static string Place(string www) => www.Contains("://", StringComparison.Ordinal) ? www : Path.GetFullPath(www);

    private static string? Text(string? file)
    {
        if (file is null) return null;
        if (!File.Exists(file)) throw new SlipwayException($"certificate {file}", "there is no such file", "name the Swupd_Root.pem that devices have") { Kind = FailureKind.Usage };
        return File.ReadAllText(file);
    }
}
