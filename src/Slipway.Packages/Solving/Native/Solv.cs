using System.Runtime.InteropServices;

namespace Slipway.Packages.Solving.Native;

/// <summary>The part of libsolv's interface that is used here; names and flags are those of its headers.</summary>
internal static unsafe partial class Solv
{
    private const string Core = "libsolv.so.1";
    private const string Formats = "libsolvext.so.1";

    public const int DistRpm = 0, DistDeb = 1, DistArch = 2;
    public const int Greater = 1, Equal = 2, Less = 4, And = 16, Or = 17, With = 18, Condition = 22, MultiArch = 25, Else = 26, Without = 28, Unless = 29;
    public const int SelectSolvable = 0x01, SelectName = 0x02, SelectProvides = 0x03, SelectAll = 0x06;
    public const int Install = 0x100, Erase = 0x200, Update = 0x300, DistributionUpgrade = 0x700, Favor = 0x0c00, ForceBest = 0x100000;
    public const int FlagAllowDowngrade = 1, FlagAllowUninstall = 4, FlagIgnoreRecommended = 7;
    public const int ReasonUpdate = 4, ReasonWeak = 7;
    public const int StepErase = 0x10, StepObsoleted = 0x15, ShowObsoletes = 1 << 2;
    public const int RulePackageNotInstallable = 0x101, RulePackageNothingProvides = 0x102, RulePackageRequires = 0x103, RulePackageSelfConflict = 0x104,
        RulePackageConflicts = 0x105, RulePackageSameName = 0x106, RulePackageObsoletes = 0x107, RulePackageImplicitObsoletes = 0x108,
        RulePackageInstalledObsoletes = 0x109, RuleUpdate = 0x200, RuleFeature = 0x300, RuleJob = 0x400, RuleJobNothingProvides = 0x401,
        RuleJobUnknownPackage = 0x403, RuleDistributionUpgrade = 0x500, RuleBest = 0x900;
    public const int RuleTypeMask = 0xff00;
    public const int NoInternalize = 1 << 1, ExtendSolvables = 1 << 4, UseRoot = 1 << 5;

    [LibraryImport(Core, EntryPoint = "pool_create")] public static partial nint PoolCreate();
    [LibraryImport(Core, EntryPoint = "pool_free")] public static partial void PoolFree(nint pool);
    [LibraryImport(Core, EntryPoint = "pool_setdisttype")] public static partial int PoolSetDistType(PoolHandle pool, int type);
    [LibraryImport(Core, EntryPoint = "pool_setarch", StringMarshalling = StringMarshalling.Utf8)] public static partial void PoolSetArch(PoolHandle pool, string architecture);
    [LibraryImport(Core, EntryPoint = "pool_set_installed")] public static partial void PoolSetInstalled(PoolHandle pool, nint repo);
    [LibraryImport(Core, EntryPoint = "pool_set_rootdir", StringMarshalling = StringMarshalling.Utf8)] public static partial void PoolSetRoot(PoolHandle pool, string directory);
    [LibraryImport(Core, EntryPoint = "pool_errstr")] public static partial nint PoolErrorText(PoolHandle pool);
    [LibraryImport(Core, EntryPoint = "pool_addfileprovides")] public static partial void PoolAddFileProvides(PoolHandle pool);
    [LibraryImport(Core, EntryPoint = "pool_createwhatprovides")] public static partial void PoolCreateWhatProvides(PoolHandle pool);
    [LibraryImport(Core, EntryPoint = "pool_str2id", StringMarshalling = StringMarshalling.Utf8)] public static partial int PoolStringToId(PoolHandle pool, string text, int create);
    [LibraryImport(Core, EntryPoint = "pool_rel2id")] public static partial int PoolRelationToId(PoolHandle pool, int name, int version, int flags, int create);
    [LibraryImport(Core, EntryPoint = "pool_id2str")] public static partial nint PoolIdToString(PoolHandle pool, int id);
    [LibraryImport(Core, EntryPoint = "pool_dep2str")] public static partial nint PoolDependencyToString(PoolHandle pool, int id);
    [LibraryImport(Core, EntryPoint = "pool_lookup_str")] public static partial nint PoolLookupString(PoolHandle pool, int solvable, int key);
    [LibraryImport(Core, EntryPoint = "pool_lookup_id")] public static partial int PoolLookupId(PoolHandle pool, int solvable, int key);
    [LibraryImport(Core, EntryPoint = "pool_lookup_num")] public static partial ulong PoolLookupNumber(PoolHandle pool, int solvable, int key, ulong absent);
    [LibraryImport(Core, EntryPoint = "pool_lookup_checksum")] public static partial nint PoolLookupChecksum(PoolHandle pool, int solvable, int key, out int type);
    [LibraryImport(Core, EntryPoint = "pool_job2solvables")] public static partial void PoolJobToSolvables(PoolHandle pool, IdQueue.Layout* found, int how, int what);
    [LibraryImport(Core, EntryPoint = "solvable_lookup_deparray")] public static partial int SolvableLookupDependencies(nint solvable, int key, IdQueue.Layout* found, int marker);
    [LibraryImport(Core, EntryPoint = "solvable_lookup_location")] public static partial nint SolvableLookupLocation(nint solvable, out uint medium);

    [LibraryImport(Core, EntryPoint = "repo_create", StringMarshalling = StringMarshalling.Utf8)] public static partial nint RepoCreate(PoolHandle pool, string name);
    [LibraryImport(Core, EntryPoint = "repo_free")] public static partial void RepoFree(nint repo, int reuseIds);
    [LibraryImport(Core, EntryPoint = "repo_empty")] public static partial void RepoEmpty(nint repo, int reuseIds);
    [LibraryImport(Core, EntryPoint = "repo_internalize")] public static partial void RepoInternalize(nint repo);
    [LibraryImport(Core, EntryPoint = "repo_add_solvable")] public static partial int RepoAddSolvable(nint repo);
    [LibraryImport(Core, EntryPoint = "repo_free_solvable")] public static partial void RepoFreeSolvable(nint repo, int solvable, int reuseIds);
    [LibraryImport(Core, EntryPoint = "repo_set_id")] public static partial void RepoSetId(nint repo, int solvable, int key, int id);
    [LibraryImport(Core, EntryPoint = "repo_set_num")] public static partial void RepoSetNumber(nint repo, int solvable, int key, ulong number);
    [LibraryImport(Core, EntryPoint = "repo_add_deparray")] public static partial void RepoAddDependency(nint repo, int solvable, int key, int dependency, int marker);
    [LibraryImport(Core, EntryPoint = "repo_set_deparray")] public static partial void RepoSetDependencies(nint repo, int solvable, int key, IdQueue.Layout* dependencies, int marker);
    [LibraryImport(Core, EntryPoint = "repo_add_solv")] public static partial int RepoAddSolv(nint repo, nint file, int flags);
    [LibraryImport(Core, EntryPoint = "repo_write")] public static partial int RepoWrite(nint repo, nint file);

    [LibraryImport(Formats, EntryPoint = "repo_add_debpackages")] public static partial int RepoAddDebPackages(nint repo, nint file, int flags);
    [LibraryImport(Formats, EntryPoint = "repo_add_rpmmd", StringMarshalling = StringMarshalling.Utf8)] public static partial int RepoAddRpmMd(nint repo, nint file, string? language, int flags);
    [LibraryImport(Formats, EntryPoint = "repo_add_arch_repo")] public static partial int RepoAddArchRepo(nint repo, nint file, int flags);
    [LibraryImport(Formats, EntryPoint = "repo_add_rpmdb")] public static partial int RepoAddRpmDatabase(nint repo, nint reference, int flags);
    [LibraryImport(Formats, EntryPoint = "repo_add_arch_local", StringMarshalling = StringMarshalling.Utf8)] public static partial int RepoAddArchLocal(nint repo, string directory, int flags);
    [LibraryImport(Formats, EntryPoint = "pool_parserpmrichdep", StringMarshalling = StringMarshalling.Utf8)] public static partial int PoolParseRpmRichDependency(PoolHandle pool, string text);

    [LibraryImport(Core, EntryPoint = "solver_create")] public static partial nint SolverCreate(PoolHandle pool);
    [LibraryImport(Core, EntryPoint = "solver_free")] public static partial void SolverFree(nint solver);
    [LibraryImport(Core, EntryPoint = "solver_set_flag")] public static partial int SolverSetFlag(SolverHandle solver, int flag, int value);
    [LibraryImport(Core, EntryPoint = "solver_solve")] public static partial int SolverSolve(SolverHandle solver, IdQueue.Layout* jobs);
    [LibraryImport(Core, EntryPoint = "solver_findallproblemrules")] public static partial void SolverFindAllProblemRules(SolverHandle solver, int problem, IdQueue.Layout* rules);
    [LibraryImport(Core, EntryPoint = "solver_ruleinfo")] public static partial int SolverRuleFacts(SolverHandle solver, int rule, out int from, out int to, out int dependency);
    [LibraryImport(Core, EntryPoint = "solver_problemruleinfo2str")] public static partial nint SolverProblemText(SolverHandle solver, int type, int from, int to, int dependency);
    [LibraryImport(Core, EntryPoint = "solver_describe_decision")] public static partial int SolverDescribeDecision(SolverHandle solver, int solvable, out int rule);
    [LibraryImport(Core, EntryPoint = "solver_get_decisionqueue")] public static partial void SolverDecisions(SolverHandle solver, IdQueue.Layout* decisions);
    [LibraryImport(Core, EntryPoint = "solver_create_transaction")] public static partial nint SolverCreateTransaction(SolverHandle solver);
    [LibraryImport(Core, EntryPoint = "transaction_order")] public static partial void TransactionOrder(TransactionHandle transaction, int flags);
    [LibraryImport(Core, EntryPoint = "transaction_type")] public static partial int TransactionType(TransactionHandle transaction, int solvable, int mode);
    [LibraryImport(Core, EntryPoint = "transaction_obs_pkg")] public static partial int TransactionReplacement(TransactionHandle transaction, int solvable);
    [LibraryImport(Core, EntryPoint = "transaction_free")] public static partial void TransactionFree(nint transaction);

    [LibraryImport(Core, EntryPoint = "queue_init")] public static partial void QueueInit(IdQueue.Layout* queue);
    [LibraryImport(Core, EntryPoint = "queue_free")] public static partial void QueueFree(IdQueue.Layout* queue);
    [LibraryImport(Core, EntryPoint = "queue_insert")] public static partial void QueueInsert(IdQueue.Layout* queue, int position, int id);

    [LibraryImport("librpm.so.9", EntryPoint = "rpmReadConfigFiles", StringMarshalling = StringMarshalling.Utf8)] public static partial int RpmReadConfiguration(string? file, string? target);
    [LibraryImport("librpmio.so.9", EntryPoint = "rpmDefineMacro", StringMarshalling = StringMarshalling.Utf8)] public static partial int RpmDefineMacro(nint context, string macro, int level);

    [LibraryImport("libc", EntryPoint = "fmemopen", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)] public static partial nint FileOpenMemory(byte* content, nuint length, string mode);
    [LibraryImport("libc", EntryPoint = "open_memstream", SetLastError = true)] public static partial nint FileOpenGrowing(nint* content, nuint* length);
    [LibraryImport("libc", EntryPoint = "fclose", SetLastError = true)] public static partial int FileClose(nint file);
    [LibraryImport("libc", EntryPoint = "free")] public static partial void Free(nint memory);

    public static string Text(nint text) => Marshal.PtrToStringUTF8(text) ?? "";
}
