using System.CommandLine;
using System.Text.Json.Nodes;

namespace Slipway.Cli.Verbs;

/// <summary>`slipway repo`: look after package repositories (they move packages; releases move devices).</summary>
internal static class RepoVerb
{
    private static readonly Argument<string> Repository = new("REPOSITORY") { Description = "Project and dist, such as harbor/bookworm" };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for the history", HelpName = "TEXT" };

    public static Command Create() => new Command("repo", "Look after package repositories: chains of immutable, signed snapshots") { List(), Show(), Snapshot(), Promote(), Rollback(), Verify(), Export(), MirrorVerb.Create(Repository) }
        .WithExamples("slipway repo list", "slipway repo promote harbor/bookworm harbor-stable/bookworm", "slipway repo rollback harbor/bookworm", "slipway repo verify harbor/bookworm");

    private static Command List()
    {
        var command = new Command("list", "List repositories with their newest snapshot");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) => output.List(
            await service.GetAsync("api/v1/repositories", cancellation), "No repositories yet.",
            ("project", "project"), ("dist", "dist"), ("type", "type"), ("snapshot", "snapshot"), ("packages", "packages"), ("published", "published"), ("reason", "reason"))));
        return command;
    }

    private static Command Show()
    {
        var number = Number("Show the packages of this snapshot [default: the current one]");
        var command = new Command("show", "Show a repository's snapshots, and the packages of one of them") { Repository, number };
        command.WithExamples("slipway repo show harbor/bookworm --snapshot 7");
        command.SetAction((parsed, cancellation) => Service.CallAsync(parsed, async (service, output) =>
        {
            var answer = await service.GetAsync($"{Address(parsed)}{(parsed.GetValue(number) is { } given ? $"?snapshot={given}" : "")}", cancellation);
            if (output.Json) output.Object(answer);
            else Print(answer, output);
        }));
        return command;
    }

    private static void Print(JsonNode answer, Output output)
    {
        Console.WriteLine($"{answer["project"]}/{answer["dist"]}: {answer["type"]}, current snapshot {answer["current"]}");
        Console.WriteLine();
        output.List(answer["snapshots"]!, "No snapshots.", ("snapshot", "number"), ("published", "time"), ("packages", "packages"), ("reason", "reason"), ("kept", "kept"));
        Console.WriteLine();
        Console.WriteLine($"Packages of snapshot {answer["shown"]}:");
        output.List(answer["packages"]!, "None.", ("name", "name"), ("version", "version"), ("architecture", "architecture"), ("bytes", "size"), ("sha256", "digest"));
    }

    private static Command Snapshot()
    {
        var keep = new Option<bool>("--keep") { Description = "Keep the new snapshot until it is let go, whatever retention says" };
        var keepNumber = new Option<long?>("--keep-number") { Description = "Make none; keep snapshot N until it is let go", HelpName = "N" };
        var letGo = new Option<long?>("--let-go") { Description = "Make none; let snapshot N go its way again", HelpName = "N" };
        var command = new Command("snapshot", "Publish what a repository holds as a new snapshot: the same packages, indexes of today, signed with today's key") { Repository, Reason, keep, keepNumber, letGo };
        command.WithExamples("slipway repo snapshot harbor/bookworm --keep --reason \"before the big move\"", "slipway repo snapshot harbor/bookworm --let-go 7");
        command.Validators.Add(result =>
        {
            if ((result.GetValue(keep) ? 1 : 0) + (result.GetValue(keepNumber) is null ? 0 : 1) + (result.GetValue(letGo) is null ? 0 : 1) > 1)
                result.AddError("--keep, --keep-number and --let-go exclude each other.");
        });
        command.SetAction((parsed, cancellation) =>
        {
            var (verb, number) = parsed.GetValue(keepNumber) is { } kept ? ("keep", kept) : parsed.GetValue(letGo) is { } gone ? ("let-go", gone) : ("snapshot", (long?)null);
            return Act(parsed, verb, new { snapshot = number, reason = parsed.GetValue(Reason), keep = parsed.GetValue(keep) }, cancellation);
        });
        return command;
    }

    private static Command Promote()
    {
        var to = new Argument<string>("TO") { Description = "The repository that gets the packages; made when it does not exist" };
        var number = Number("Promote this snapshot [default: the current one]");
        var command = new Command("promote", "Make one repository hold exactly what a snapshot of another holds, by reference: no package is copied") { Repository, to, number };
        command.WithExamples("slipway repo promote harbor/bookworm harbor-stable/bookworm --snapshot 7");
        command.SetAction((parsed, cancellation) => Act(parsed, "promote", new { to = parsed.GetValue(to), snapshot = parsed.GetValue(number) }, cancellation));
        return command;
    }

    private static Command Rollback()
    {
        var to = new Option<long?>("--to") { Description = "The snapshot whose packages come back [default: the last with other packages]", HelpName = "N" };
        var command = new Command("rollback", "Publish the packages of an earlier snapshot again, under a new number, so that every client follows") { Repository, to };
        command.WithExamples("slipway repo rollback harbor/bookworm");
        command.SetAction((parsed, cancellation) => Act(parsed, "rollback", new { snapshot = parsed.GetValue(to) }, cancellation));
        return command;
    }

    private static Command Verify()
    {
        var number = Number("Verify this snapshot [default: the current one]");
        var command = new Command("verify", "Read a repository again: digests, signatures, indexes against packages, and whether each package can be installed; exit code 1 when something is wrong") { Repository, number };
        command.WithExamples("slipway repo verify harbor/bookworm --json");
        command.SetAction(async (parsed, cancellation) =>
        {
            var sound = false;
            await Service.CallAsync(parsed, async (service, output) =>
            {
                var answer = await service.PostAsync($"{Address(parsed)}/verify", new { snapshot = parsed.GetValue(number) }, cancellation);
                sound = answer["problems"]!.AsArray().Count == 0;
                if (output.Json) output.Object(answer);
                else Report($"{parsed.GetValue(Repository)} snapshot {answer["number"]}", answer);
            });
            return sound ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Export()
    {
        var to = new Option<string>("--to") { Description = "An absolute path on the server, or NAME:PATH of a store in the data directory's rclone.conf", Required = true, HelpName = "PLACE" };
        var url = new Option<string>("--url") { Description = "Where clients will find it, for their configuration", Required = true, HelpName = "URL" };
        var grace = new Option<double?>("--grace-hours") { Description = "Hours that a file of earlier exports stays after the pointers moved away from it [default: 24, at least 1]", HelpName = "HOURS" };
        var keep = new Option<bool>("--keep-superseded") { Description = "Remove nothing that earlier exports wrote" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be written and removed, and touch nothing" };
        var command = new Command("export", "Write the current snapshot elsewhere: content first, pointers last; then remove what earlier exports wrote and no snapshot names any more") { Repository, to, url, grace, keep, dryRun };
        command.WithExamples(
            "slipway repo export harbor/bookworm --to /srv/www/harbor --url https://packages.example.org/harbor",
            "slipway repo export harbor/bookworm --to s3:bucket/harbor --url https://bucket.example.org/harbor --dry-run");
        command.SetAction((parsed, cancellation) => Act(parsed, "export", new
        {
            to = parsed.GetValue(to),
            url = parsed.GetValue(url),
            graceHours = parsed.GetValue(grace),
            keepSuperseded = parsed.GetValue(keep),
            dryRun = parsed.GetValue(dryRun),
        }, cancellation));
        return command;
    }

    private static void Report(string what, JsonNode answer)
    {
        var problems = answer["problems"]!.AsArray();
        Console.WriteLine(problems.Count == 0
            ? $"{what} is sound: {answer["files"]} files, {answer["bytes"]} bytes, {answer["installable"]} packages can be installed"
            : $"{what} has {problems.Count} problems:");
        foreach (var problem in problems) Console.WriteLine($"  {problem}");
    }

    private static Task<int> Act(ParseResult parsed, string verb, object body, CancellationToken cancellation) =>
        Service.CallAsync(parsed, async (service, output) => output.Object(await service.PostAsync($"{Address(parsed)}/{verb}", body, cancellation)));

    private static Option<long?> Number(string description) => new("--snapshot") { Description = description, HelpName = "N" };

    internal static string Address(ParseResult parsed) => $"api/v1/repositories/{string.Join('/', parsed.GetValue(Repository)!.Split('/').Select(Uri.EscapeDataString))}";
}
