using System.Text;
using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Packages.Apt;

/// <summary>A private apt: own configuration, sources, lists and cache below one directory. Needs the caller to hold the apt lock for changes.</summary>
internal sealed class AptState(string directory, bool sources, MachineApt machine, TimeProvider clock)
{
    private const int ListTimeoutSeconds = 30;

    private string ConfigurationFile => Path.Combine(directory, "apt.conf");
    private string SourcesDirectory => Path.Combine(directory, "sources.d");
    private string IndexListFile => Path.Combine(directory, "indexes");
    private string Lists => Path.Combine(directory, "lists");

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = directory,
        ["LANG"] = "C.UTF-8",
        ["APT_CONFIG"] = ConfigurationFile,
    };

    /// <summary>Writes configuration and sources where they differ from what is there.</summary>
    public void Prepare()
    {
        foreach (var name in (string[])["lists/partial", "cache/archives/partial", "sources.d", "nothing"])
            Directory.CreateDirectory(Path.Combine(directory, name));
        WriteIfChanged(Path.Combine(directory, "status"), "");
        WriteIfChanged(ConfigurationFile, Configuration());
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in machine.Sources.Where(s => sources || s.Binary).Select(s => (s.Extension, Text: s.ToText(sources))).Distinct())
        {
            var file = Path.Combine(SourcesDirectory, Digest.Of(Encoding.UTF8.GetBytes(text.Text)).ToString()[..16] + text.Extension);
            WriteIfChanged(file, text.Text);
            wanted.Add(file);
        }
        foreach (var file in Directory.GetFiles(SourcesDirectory))
            if (!wanted.Contains(file)) File.Delete(file);
    }

    /// <summary>Fetches what changed; returns apt's warnings and errors, one a line, empty when every list answered and verified.</summary>
    public IReadOnlyList<string> Update(CancellationToken cancellation)
    {
        File.Delete(IndexListFile);
        var all = Run(cancellation);
        if (all.Succeeded) return Complaints(all);
        // An unsigned or forged list makes apt give up on the others too, so each is asked alone.
        var failures = new List<string>();
        var alone = Path.Combine(directory, "alone");
        foreach (var file in Directory.GetFiles(SourcesDirectory).Order(StringComparer.Ordinal))
        {
            Directory.CreateDirectory(alone);
            foreach (var other in Directory.GetFiles(alone)) File.Delete(other);
            File.Copy(file, Path.Combine(alone, Path.GetFileName(file)));
            failures.AddRange(Complaints(Run(cancellation, "-o", $"Dir::Etc::sourceparts={alone}", "-o", "APT::Get::List-Cleanup=false")));
        }
        return [.. failures.Distinct()];
    }

    private ChildResult Run(CancellationToken cancellation, params string[] options)
    {
        // Nobody asks apt's own resolver, so its cache need not be built.
        var result = ChildProcess.Run(new ChildCommand("/usr/bin/apt-get", ["update", "-q", "-o", "pkgCacheFile::Generate=false", .. options])
        {
            Environment = Environment,
            Timeout = TimeSpan.FromMinutes(10),
            DieWithParent = true,
        }, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return result;
    }

    private static List<string> Complaints(ChildResult result)
    {
        var lines = result.ErrorText.Split('\n').Where(l => l.StartsWith("W: ", StringComparison.Ordinal) || l.StartsWith("E: ", StringComparison.Ordinal))
            .Select(l => l[3..].Trim())
            // apt's own summary of the lines above it
            .Where(l => !l.StartsWith("Some index files failed to download", StringComparison.Ordinal))
            .Distinct().ToList();
        if (!result.Succeeded && lines.Count == 0) lines.Add($"apt-get update: {result.Ending}");
        return lines;
    }

    /// <summary>The index files at hand, as apt names them. Asking apt takes it a second, so its answer is kept until an update.</summary>
    public IReadOnlyList<AptIndexFile> Indexes()
    {
        if (AptIndexList.TryRead(IndexListFile) is { } known) return known;
        var kept = new KeptIndexes(Path.Combine(directory, "kept"));
        var found = AskForIndexes().Select(i => sources ? i : kept.Keep(i)).ToList();
        kept.Prune(found, clock.GetUtcNow());
        AptIndexList.Write(IndexListFile, found);
        return found;
    }

    private List<AptIndexFile> AskForIndexes()
    {
        var target = sources ? "Created-By: Sources" : "Created-By: Packages";
        const string Format = "$(FILENAME)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ARCHITECTURE)|$(METAKEY)|$(TRUSTED)";
        var result = ChildProcess.Run(new ChildCommand("/usr/bin/apt-get", "indextargets", "--format", Format, target)
        {
            Environment = Environment,
            Timeout = TimeSpan.FromMinutes(1),
        }).Require("list the distribution's package indexes");
        var found = new List<AptIndexFile>();
        foreach (var line in result.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('|') is not [var file, var repository, var suite, var component, var architecture, var key, "yes"] || !File.Exists(file)) continue;
            var prefix = file[..^Math.Min(file.Length, key.Length)];
            if (AptRelease.Find(prefix) is not { } release) continue;
            found.Add(new AptIndexFile(Name(file), repository, suite, component, architecture, file, release.Digest, release.ContentOf(key)));
        }
        found.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found;
    }

    private static string Name(string file)
    {
        var name = Path.GetFileName(file);
        foreach (var tail in (string[])["_Packages", "_Sources", "_source"])
            if (name.EndsWith(tail, StringComparison.Ordinal)) name = name[..^tail.Length];
        return name;
    }

    private string Configuration()
    {
        var text = new StringBuilder();
        foreach (var line in machine.AcquireLines) text.Append(line).Append('\n');
        Set("Dir::State", directory);
        Set("Dir::State::lists", Lists);
        Set("Dir::State::status", Path.Combine(directory, "status"));
        Set("Dir::Cache", Path.Combine(directory, "cache"));
        Set("Dir::Cache::pkgcache", "");
        Set("Dir::Cache::srcpkgcache", "");
        Set("Dir::Etc::main", "/dev/null");
        Set("Dir::Etc::parts", Path.Combine(directory, "nothing"));
        Set("Dir::Etc::preferences", "/dev/null");
        Set("Dir::Etc::preferencesparts", Path.Combine(directory, "nothing"));
        Set("Dir::Etc::sourcelist", "/dev/null");
        Set("Dir::Etc::sourceparts", SourcesDirectory);
        foreach (var (key, value) in machine.Trust) Set(key, value);
        Set("APT::Architecture", machine.Architecture);
        text.Append("#clear APT::Architectures;\n");
        Set("APT::Architectures::", machine.Architecture);
        Set("APT::Sandbox::User", SandboxUser());
        Set("Acquire::Languages", "none");
        Set("Acquire::GzipIndexes", "false");
        Set("Acquire::PDiffs", "false");
        Set("Acquire::http::Timeout", ListTimeoutSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Set("Acquire::https::Timeout", ListTimeoutSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return text.ToString();

        void Set(string key, string value) => text.Append(key).Append(" \"").Append(value).Append("\";\n");
    }

    /// <summary>apt drops to its own user for downloads where that user can reach the directory; else it says so on every run and stays as it is.</summary>
    private string SandboxUser()
    {
        for (var at = new DirectoryInfo(directory); at is not null; at = at.Parent)
            if ((at.UnixFileMode & UnixFileMode.OtherExecute) == 0) return "root";
        return machine.SandboxUser;
    }

    private static void WriteIfChanged(string file, string text)
    {
        if (File.Exists(file) && File.ReadAllText(file) == text) return;
        AtomicFile.WriteText(file, text);
    }
}
