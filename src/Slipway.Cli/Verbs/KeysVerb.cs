using System.CommandLine;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway keys`: the OpenPGP keys that sign repositories and the certificates that sign streams. Their secret halves never leave the signer.</summary>
internal static class KeysVerb
{
    private static readonly Argument<string> Fingerprint = new("FINGERPRINT") { Description = "Fingerprint of the key, as `slipway keys list` shows it" };

    public static Command Create() => new Command("keys", "Look after the keys that sign repositories and the certificates that sign streams")
    {
        List(), Show(), CertificateVerbs.Import(), CertificateVerbs.Create(), Rotate(), CertificateVerbs.Revoke(), Retire(),
    }
        .WithExamples("slipway keys list", "slipway keys rotate --overlap-days 60", "slipway keys retire 0123456789ABCDEF0123456789ABCDEF01234567");

    private static Command List()
    {
        var certificates = new Option<bool>("--certificates") { Description = "List the certificates that sign streams instead, with their ends and what to do about them" };
        var command = new Command("list", "List the keys: next, signing, previous, retired, withdrawn") { certificates };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
        {
            if (parsed.GetValue(certificates)) CertificateVerbs.Print(output, await service.GetAsync("api/v1/certificates", cancellation));
            else output.List(await service.GetAsync("api/v1/keys", cancellation), "No keys yet.", ("fingerprint", "fingerprint"), ("state", "state"), ("created", "created"), ("signs from", "signsFrom"));
        }));
        return command;
    }

    private static Command Show()
    {
        var command = new Command("show", "Print the public keys that clients need, armoured");
        command.WithExamples("slipway keys show > repository.asc");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, _) =>
        {
            await using var to = Console.OpenStandardOutput();
            await service.CopyAsync("api/v1/keys/public", to, cancellation);
        }));
        return command;
    }

    private static Command Rotate()
    {
        var overlap = new Option<double?>("--overlap-days") { Description = "Days in which both keys sign indexes, before the new one signs alone [default: 30]", HelpName = "DAYS" };
        var (stream, root, rootKey) = (CertificateVerbs.Stream(required: false), CertificateVerbs.Root(), CertificateVerbs.RootKey());
        var command = new Command("rotate", "Make a new key: published with the present one at once, and signing in its place after the overlap. Of a stream: a new signer, or a new root") { overlap, stream, root, rootKey };
        command.WithExamples("slipway keys rotate", "slipway keys rotate --overlap-days 0", "slipway keys rotate --stream harbor", "slipway keys rotate --stream harbor --root --root-key root.pem");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
        {
            if (parsed.GetValue(stream) is { } name)
                CertificateVerbs.Print(output, await service.PostAsync($"api/v1/streams/{name}/certificates/rotate", new { root = parsed.GetValue(root), rootKey = CertificateVerbs.Text(parsed.GetValue(rootKey)) }, cancellation));
            else output.List(await service.PostAsync("api/v1/keys/rotate", new { overlapDays = parsed.GetValue(overlap) }, cancellation), "", ("fingerprint", "fingerprint"), ("state", "state"), ("created", "created"), ("signs from", "signsFrom"));
        }));
        return command;
    }

    private static Command Retire()
    {
        var withdraw = new Option<bool>("--withdraw") { Description = "Take it out of the published key files too: new clients then refuse what only it signed" };
        var command = new Command("retire", "End the signing of a previous key, or of a next one that is not wanted") { Fingerprint, withdraw };
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.List(await service.PostAsync($"api/v1/keys/{Uri.EscapeDataString(parsed.GetValue(Fingerprint)!)}/retire", new { withdraw = parsed.GetValue(withdraw) }, cancellation), "", ("fingerprint", "fingerprint"), ("state", "state"), ("created", "created"), ("signs from", "signsFrom"))));
        return command;
    }
}
