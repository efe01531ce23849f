using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Slipway.Compose.Sources;
using Slipway.Compose.Workspace;
using Slipway.Content;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>`slipway mix repo` and `add-rpms`.</summary>
internal static class MixRepoVerb
{
    private static readonly Argument<string> Name = new("NAME") { Description = "Name of the repository" };
    private static readonly Argument<string> Url = new("URL") { Description = "http, https or file address, or a path; rpm: above repodata/, deb: above dists/, pacman: of the database" };

    public static Command Create() => new Command("repo", "Change the repositories that packages come from")
    {
        Add(), Remove(), List(), Init(), SetUrl(), Exclude(), SetPriority(), SetKey(), SetCheck(),
    }.WithExamples("slipway mix repo add base file:///srv/repo --suite stable --key archive.asc", "slipway mix repo exclude base linux-image-*");

    private static Command Add()
    {
        var priority = new Option<int>("--priority") { Description = "1 to 99, 1 is the best", HelpName = "N", DefaultValueFactory = _ => 99 };
        var suite = new Option<string?>("--suite") { Description = "deb: suite or codename; pacman: name of the database [default: stable; the repository's name]" };
        var components = new Option<string?>("--components") { Description = "deb: which ones, comma separated [default: main]" };
        var key = new Option<string?>("--key") { Description = "File with the OpenPGP keys that have signed its index", HelpName = "FILE" };
        var directory = new Option<bool>("--directory") { Description = "The address is a directory of package files without an index" };
        var noCheck = new Option<bool>("--no-check") { Description = "Take it without signatures; every run warns of it" };
        var command = new Command("add", "Add a repository") { Name, Url, priority, suite, components, key, directory, noCheck };
        command.SetAction(parsed => Change(parsed, "mix repo add", (file, mix) =>
        {
            var values = new List<(string, string)> { ("name", parsed.GetValue(Name)!), ("baseurl", Address(parsed.GetValue(Url)!)), ("enabled", "1") };
            values.Add(("gpgcheck", parsed.GetValue(noCheck) || parsed.GetValue(directory) ? "0" : "1"));
            values.Add(("priority", Priority(parsed.GetValue(priority))));
            if (parsed.GetValue(suite) is { } s) values.Add(("suite", s));
            if (parsed.GetValue(components) is { } c) values.Add(("components", c.Replace(',', ' ')));
            if (parsed.GetValue(key) is { } k) values.Add(("gpgkey", "file://" + Path.GetFullPath(k, MixVerb.Directory)));
            if (parsed.GetValue(directory)) values.Add(("kind", "directory"));
            file.Add(parsed.GetValue(Name)!, values);
        }));
        return command;
    }

    private static Command Remove()
    {
        var names = new Argument<string[]>("NAME") { Description = "Names of repositories", Arity = ArgumentArity.OneOrMore };
        var command = new Command("remove", "Remove repositories") { names };
        command.SetAction(parsed => Change(parsed, "mix repo remove", (file, _) =>
        {
            foreach (var name in parsed.GetValue(names)!) file.Remove(name);
        }));
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List the repositories");
        command.SetAction(parsed =>
        {
            var file = RepositoryFile.Load(MixVerb.Open(parsed).Config.RepositoriesFile);
            var rows = file.Names.Select(n => new
            {
                name = n,
                kind = file.Get(n, "kind") ?? "index",
                url = file.Get(n, "baseurl") ?? "",
                priority = file.Get(n, "priority") ?? "99",
                check = file.Get(n, "gpgcheck") ?? "",
                exclude = file.Get(n, "excludepkgs") ?? "",
            }).ToList();
            new Output(parsed).List(JsonSerializer.SerializeToNode(rows, Output.JsonOptions)!, "There are no repositories.", ("name", "name"), ("kind", "kind"), ("url", "url"), ("priority", "priority"), ("check", "check"), ("exclude", "exclude"));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command Init()
    {
        var command = new Command("init", "Write the file of repositories with the local one, where it does not exist");
        command.SetAction(parsed => Change(parsed, "mix repo init", (file, mix) => MixInit.AddLocal(file, mix)));
        return command;
    }

    private static Command SetUrl()
    {
        var command = new Command("set-url", "Change where a repository is; one that does not exist is added") { Name, Url };
        command.SetAction(parsed => Change(parsed, "mix repo set-url", (file, _) =>
        {
            var (name, url) = (parsed.GetValue(Name)!, Address(parsed.GetValue(Url)!));
            if (file.Names.Contains(name)) file.Set(name, "baseurl", url);
            else file.Add(name, [("name", name), ("baseurl", url), ("enabled", "1"), ("gpgcheck", "1")]);
        }));
        return command;
    }

    private static Command Exclude()
    {
        var packages = new Argument<string[]>("PACKAGE") { Description = "Names of packages; * stands for anything", Arity = ArgumentArity.OneOrMore };
        var command = new Command("exclude", "Leave packages of a repository out of the mix") { Name, packages };
        command.SetAction(parsed => Change(parsed, "mix repo exclude", (file, _) =>
        {
            var name = parsed.GetValue(Name)!;
            var before = (file.Get(name, "excludepkgs") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            file.Set(name, "excludepkgs", string.Join(' ', before.Concat(parsed.GetValue(packages)!).Distinct()));
        }));
        return command;
    }

    private static Command SetPriority()
    {
        var priority = new Argument<int>("PRIORITY") { Description = "1 to 99, 1 is the best" };
        var command = new Command("set-priority", "Change the priority of a repository") { Name, priority };
        command.SetAction(parsed => Change(parsed, "mix repo set-priority", (file, _) => file.Set(parsed.GetValue(Name)!, "priority", Priority(parsed.GetValue(priority)))));
        return command;
    }

    private static Command SetKey()
    {
        var key = new Argument<string>("FILE") { Description = "OpenPGP keys, armoured or not" };
        var command = new Command("set-key", "Name the keys that a repository's index must be signed by, and check it") { Name, key };
        command.SetAction(parsed => Change(parsed, "mix repo set-key", (file, _) =>
        {
            file.Set(parsed.GetValue(Name)!, "gpgkey", "file://" + Path.GetFullPath(parsed.GetValue(key)!, MixVerb.Directory));
            file.Set(parsed.GetValue(Name)!, "gpgcheck", "1");
        }));
        return command;
    }

    private static Command SetCheck()
    {
        var check = new Argument<string>("STATE") { Description = "on or off" };
        check.AcceptOnlyFromAmong("on", "off");
        var command = new Command("set-check", "Switch the check of a repository's signatures on or off; off is warned of in every run") { Name, check };
        command.SetAction(parsed => Change(parsed, "mix repo set-check", (file, _) => file.Set(parsed.GetValue(Name)!, "gpgcheck", parsed.GetValue(check) == "on" ? "1" : "0")));
        return command;
    }

    public static Command AddPackagesVerb()
    {
        var command = new Command("add-rpms", "Put the packages of the local directory (local-rpms, local-debs, local-pkgs) into the local repository") { new Option<bool>("--native") { Hidden = true } };
        command.Aliases.Add("add-packages");
        command.SetAction(parsed => MixVerb.Change(parsed, "mix add-rpms", mix =>
        {
            var files = AddPackages.Run(mix);
            new Output(parsed).Done($"{mix.Config.LocalRepository} holds {files.Count} packages", new { repository = mix.Config.LocalRepository, files });
        }));
        return command.WithExamples("slipway mix add-rpms");
    }

    private static int Change(ParseResult parsed, string purpose, Action<RepositoryFile, MixWorkspace> change) => MixVerb.Change(parsed, purpose, mix =>
    {
        var file = RepositoryFile.Load(mix.Config.RepositoriesFile);
        change(file, mix);
        file.Save();
        // An error of the file as a whole is told now, not by the next build.
        file.Repositories(new Dictionary<string, string>(), checks: true);
    });

    private static string Priority(int given) => given is > 0 and <= MixRepository.LowestPriority
        ? given.ToString(CultureInfo.InvariantCulture)
        : throw new SlipwayException("--priority", $"{given} is not from 1 to 99", "1 for the best") { Kind = FailureKind.Usage };

    private static string Address(string url) => url.Contains("://", StringComparison.Ordinal) ? url : "file://" + Path.GetFullPath(url, MixVerb.Directory);
}
