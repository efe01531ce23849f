using System.CommandLine;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway keys`: the OpenPGP keys that sign repositories. Their secret halves never leave the signer.</summary>
internal static class KeysVerb
{
    private static readonly Argument<string> Fingerprint = new("FINGERPRINT") { Description = "Fingerprint of the key, as `slipway keys list` shows it" };

    public static Command Create() => new Command("keys", "Look after the keys that sign repositories") { List(), Show(), Rotate(), Retire() }
        .WithExamples("slipway keys list", "slipway keys rotate --overlap-days 60", "slipway keys retire 0123456789ABCDEF0123456789ABCDEF01234567");

    private static Command List()
    {
        var command = new Command("list", "List the keys: next, signing, previous, retired, withdrawn");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.List(await service.GetAsync("api/v1/keys", cancellation), "No keys yet.", ("fingerprint", "fingerprint"), ("state", "state"), ("created", "created"), ("signs from", "signsFrom"))));
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
        var command = new Command("rotate", "Make a new key: published with the present one at once, and signing in its place after the overlap") { overlap };
        command.WithExamples("slipway keys rotate", "slipway keys rotate --overlap-days 0");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
            output.List(await service.PostAsync("api/v1/keys/rotate", new { overlapDays = parsed.GetValue(overlap) }, cancellation), "", ("fingerprint", "fingerprint"), ("state", "state"), ("created", "created"), ("signs from", "signsFrom"))));
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
